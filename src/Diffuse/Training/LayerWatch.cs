using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>Looks at the output of every layer while it is alive, and remembers the first that is not finite. Slow: it waits for each.</summary>
internal sealed class LayerWatch : IDisposable
{
    private readonly List<Action> removals = [];

    public LayerWatch(nn.Module module)
    {
        foreach (var (name, layer) in module.named_modules())
        {
            if (layer is nn.Module<Tensor, Tensor> one)
            {
                var hook = one.register_forward_hook((_, _, output) => Look(name, output));
                removals.Add(hook.remove);
            }
            else if (layer is nn.Module<Tensor, Tensor, Tensor> two)
            {
                var hook = two.register_forward_hook((_, _, _, output) => Look(name, output));
                removals.Add(hook.remove);
            }
        }
    }

    public string? FirstNonFinite { get; private set; }

    public void Dispose() => removals.ForEach(remove => remove());

    private Tensor Look(string name, Tensor output)
    {
        using var finite = output.isfinite();
        using var all = finite.all();
        if (FirstNonFinite is null && !all.item<bool>())
        {
            FirstNonFinite = name;
        }

        return output;
    }
}
