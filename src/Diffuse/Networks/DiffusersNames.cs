namespace Diffuse.Networks;

/// <summary>Parameter names through the versions of diffusers.</summary>
public static class DiffusersNames
{
    private static readonly (string Old, string New)[] attention = [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")];

    /// <summary>Today's name of a parameter; old checkpoints name the attention's layers query, key, value and proj_attn.</summary>
    public static string Current(string name)
    {
        foreach (var (old, current) in attention)
        {
            if (name.Contains(".attentions.") && name.Contains($".{old}."))
            {
                return name.Replace($".{old}.", $".{current}.");
            }
        }

        return name;
    }
}
