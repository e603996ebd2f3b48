namespace Diffuse.Configuration;

/// <summary>A value of the command line in place of the config file's: <c>--set training.batch=32</c>, or <c>--steps 25</c>.</summary>
/// <param name="Option">How error texts name it.</param>
/// <param name="Key">The dotted key in snake_case.</param>
/// <param name="Value">Taken as it stands; only a text that begins with a bracket, a brace or a quote is read as YAML.</param>
internal sealed record ConfigOverride(string Option, string Key, string Value)
{
    /// <summary><c>key.sub=value</c>, as given to <c>--set</c>.</summary>
    /// <exception cref="ConfigException">There is no key or no equals sign.</exception>
    public static ConfigOverride Parse(string text)
    {
        var (key, equals, value) = (text.Split('=', 2)[0].Trim(), text.IndexOf('='), text[(text.IndexOf('=') + 1)..].Trim());
        return equals > 0 && key.Length > 0 && key.Split('.').All(part => part.Length > 0)
            ? new ConfigOverride($"--set {key}", key, value)
            : throw new ConfigException($"--set: found '{text}'; allowed: key=value such as training.batch=32 or network.channels=[32,64]");
    }

    /// <summary>The tree with the value in its place; what stands on the way and is not a mapping yet becomes one.</summary>
    public ConfigNode ApplyTo(ConfigNode root, ConfigProblems problems)
    {
        var at = new ConfigLocation(Option, 0, 0, Directory.GetCurrentDirectory());
        ConfigNode? value = Value is ['[' or '{' or '"' or '\'', ..]
            ? YamlTree.Parse(Value, _ => at, problems)
            : new ScalarNode(at, Value, Plain: true);
        return value is null ? root : Put(root, Key.Split('.'), value, at);
    }

    private static MapNode Put(ConfigNode? node, ReadOnlySpan<string> path, ConfigNode value, ConfigLocation at)
    {
        var map = node switch
        {
            MapNode written => written,
            ScalarNode { IsNull: false } kind => new MapNode(at, [new MapEntry(kind.At, "kind", kind)]),
            _ => new MapNode(at, []),
        };
        var key = path[0];
        var entry = new MapEntry(at, key, path.Length == 1 ? value : Put(map[key]?.Value, path[1..], value, at));
        return map with { Entries = [.. map.Entries.Where(other => other.Key != key), entry] };
    }
}
