namespace Diffuse.Configuration;

/// <summary>A config as written, before anything is known about its keys; every node remembers its place.</summary>
internal abstract record ConfigNode(ConfigLocation At)
{
    /// <summary>What error texts say was found here.</summary>
    public abstract string Found { get; }

    public virtual bool IsNull => false;

    protected static string Quoted(string text) => text.Length <= 60 ? $"'{text}'" : $"'{text[..57]}...'";
}

/// <summary>A word. Only where <c>Plain</c>, without quotes, is an empty text, <c>~</c> or <c>null</c> no value.</summary>
internal sealed record ScalarNode(ConfigLocation At, string Text, bool Plain) : ConfigNode(At)
{
    public override string Found => IsNull ? "nothing" : Quoted(Text);

    public override bool IsNull => Plain && Text is "" or "~" or "null";
}

internal sealed record ListNode(ConfigLocation At, IReadOnlyList<ConfigNode> Items) : ConfigNode(At)
{
    public override string Found => "a list";
}

internal sealed record MapNode(ConfigLocation At, IReadOnlyList<MapEntry> Entries) : ConfigNode(At)
{
    public override string Found => "a mapping";

    public MapEntry? this[string key] => Entries.FirstOrDefault(entry => entry.Key == key);
}

internal sealed record MapEntry(ConfigLocation At, string Key, ConfigNode Value);
