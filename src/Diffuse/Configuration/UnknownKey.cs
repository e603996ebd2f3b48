namespace Diffuse.Configuration;

/// <summary>What to say of a key that a record does not have: the nearest key, else where it belongs, and the keys there are.</summary>
internal static class UnknownKey
{
    private const int Depth = 4;

    /// <param name="key">As written.</param>
    /// <param name="record">The options record whose mapping holds the key.</param>
    /// <param name="family">The family that the record was chosen from, if any.</param>
    /// <param name="root">The record of the whole file.</param>
    public static string Text(string key, Type record, Type? family, Type root)
    {
        var names = ConfigKeys.Of(record).Select(ConfigKeys.Name).ToList();
        var hint = DidYouMean.Question(key, names) switch
        {
            { Length: > 0 } question => question,
            _ when OfKinds(key, family) is { Length: > 0 } kinds => $"it is a key of the kind {kinds}; ",
            _ when Elsewhere(root, key, "", 0) is { } place => $"did you mean '{place}'? ",
            _ => "",
        };
        return $"found an unknown key; {hint}allowed: {ConfigShapes.Keys(record)}";
    }

    private static string OfKinds(string key, Type? family) => family is null
        ? ""
        : string.Join(", ", Kinds.Of(family).Where(kind => Has(kind.Value, key)).Select(kind => kind.Key));

    private static string? Elsewhere(Type record, string key, string path, int depth) => Has(record, key)
        ? ConfigKeys.Join(path, key)
        : ConfigKeys.Of(record)
            .Where(property => depth < Depth && ConfigShapes.IsRecord(property.PropertyType))
            .Select(property => Elsewhere(property.PropertyType, key, ConfigKeys.Join(path, ConfigKeys.Name(property)), depth + 1))
            .FirstOrDefault(found => found is not null);

    private static bool Has(Type record, string key) => ConfigKeys.Of(record).Any(property => ConfigKeys.Name(property) == key);
}
