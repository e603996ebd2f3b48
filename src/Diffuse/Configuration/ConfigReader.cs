using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Diffuse.Configuration;

/// <summary>
/// YAML to options records, strictly: an unknown key, a wrong type, a value out of range, an unknown kind or a key given twice is an
/// error, and all errors are told at once, each with its place, what was found and what is allowed. A key that is not written keeps its
/// default; a family (<see cref="Kinds"/>) may be written as <c>sampler: ddim</c>, and without a kind keeps the kind of its default.
/// </summary>
internal sealed class ConfigReader
{
    private static readonly NullabilityInfoContext Nullability = new();

    private readonly ConfigProblems problems = new();
    private readonly Type root;

    private ConfigReader(Type root) => this.root = root;

    /// <param name="text">The YAML.</param>
    /// <param name="source">The name of the file in error texts.</param>
    /// <param name="overrides">Values of the command line, applied in their order.</param>
    /// <param name="defaults">What keys have that are not written; null: those of the type.</param>
    /// <exception cref="ConfigException">Every problem of the text and the overrides.</exception>
    public static T Read<T>(string text, string source, IReadOnlyList<ConfigOverride>? overrides = null, T? defaults = null)
        where T : class, new()
    {
        var reader = new ConfigReader(typeof(T));
        var folder = Path.GetDirectoryName(Path.GetFullPath(source))!;
        var tree = YamlTree.Parse(text, mark => new ConfigLocation(source, mark.Line, mark.Column, folder), reader.problems);
        foreach (var change in overrides ?? [])
        {
            tree = tree is null ? null : change.ApplyTo(tree, reader.problems);
        }

        var value = tree is null ? null : reader.Root(tree, defaults ?? new T());
        reader.problems.ThrowIfAny();
        return (T)value!;
    }

    private object? Root(ConfigNode tree, object defaults)
    {
        if (!tree.IsNull)
        {
            return Record(tree, "", defaults);
        }

        problems.Add(tree.At, "", "an empty file", ConfigShapes.Keys(root));
        return null;
    }

    private object? Value(ConfigNode node, string path, Type type, object? defaults, IReadOnlyList<ValidationAttribute> rules) =>
        ConfigShapes.ElementOf(type) is { } element ? List(node, path, element, rules)
        : Kinds.IsFamily(type) ? Member(node, path, type, defaults)
        : ConfigScalars.IsScalar(type) ? Scalar(node, path, type, rules)
        : Record(node, path, defaults ?? Fresh(type));

    private object? Scalar(ConfigNode node, string path, Type type, IReadOnlyList<ValidationAttribute> rules)
    {
        var value = node is ScalarNode { IsNull: false } scalar ? ConfigScalars.Read(scalar.Text, type) : null;
        var allowed = value is null ? ConfigRanges.Allowed(type, rules) : ConfigRanges.Broken(value, type, rules);
        if (allowed is not null)
        {
            var question = node is ScalarNode typed ? DidYouMean.Question(typed.Text, ConfigScalars.Words(type)) : "";
            problems.Add(node.At, path, $"found {node.Found}; {question}allowed: {allowed}");
        }

        return value;
    }

    private object? List(ConfigNode node, string path, Type element, IReadOnlyList<ValidationAttribute> rules)
    {
        if (node is not ListNode list)
        {
            problems.Add(node.At, path, node.Found, $"a list in brackets, each {ConfigShapes.Allowed(element, rules)}");
            return null;
        }

        var values = Array.CreateInstance(element, list.Items.Count);
        for (var i = 0; i < values.Length; i++)
        {
            if (Value(list.Items[i], $"{path}[{i}]", element, null, rules) is { } value)
            {
                values.SetValue(value, i);
            }
        }

        if (ConfigRanges.BrokenCount(values, rules) is { } allowed)
        {
            problems.Add(node.At, path, $"a list of {values.Length}", $"a list of {allowed}");
        }

        return values;
    }

    private object? Member(ConfigNode node, string path, Type family, object? defaults)
    {
        var kinds = Kinds.Of(family);
        var written = node is MapNode map ? map["kind"]?.Value : node;
        if (written is null && defaults is not null)
        {
            return Record(node, path, defaults, family);
        }

        if (written is ScalarNode { IsNull: false } kind)
        {
            if (kinds.TryGetValue(kind.Text, out var type))
            {
                return node is MapNode ? Record(node, path, Fresh(type), family) : Fresh(type);
            }

            var question = DidYouMean.Question(kind.Text, kinds.Keys);
            problems.Add(kind.At, path, $"found the unknown kind {kind.Found}; {question}allowed: {ConfigShapes.Allowed(family, [])}");
        }
        else
        {
            var found = written is null ? "no kind" : written.IsNull ? "nothing" : $"{written.Found} as the kind";
            problems.Add((written ?? node).At, path, found, ConfigShapes.Allowed(family, []));
        }

        return null;
    }

    /// <summary>A record of the type of <paramref name="defaults"/>, whose values stand where the node has none.</summary>
    private object? Record(ConfigNode node, string path, object defaults, Type? family = null)
    {
        var type = defaults.GetType();
        if (node is not MapNode map)
        {
            problems.Add(node.At, path, node.Found, $"a mapping with the keys {ConfigShapes.Keys(type)}");
            return null;
        }

        var before = problems.Count;
        var properties = ConfigKeys.Of(type);
        var known = properties.Select(ConfigKeys.Name).Concat(family is null ? [] : ["kind"]).ToHashSet();
        foreach (var entry in map.Entries.Where(entry => !known.Contains(entry.Key)))
        {
            problems.Add(entry.At, ConfigKeys.Join(path, entry.Key), UnknownKey.Text(entry.Key, type, family, root));
        }

        var record = Fresh(type);
        foreach (var property in properties)
        {
            var key = ConfigKeys.Join(path, ConfigKeys.Name(property));
            var entry = map[ConfigKeys.Name(property)];
            property.SetValue(record, entry is null
                ? Default(property, map.At, key, property.GetValue(defaults))
                : Property(property, entry.Value, key, property.GetValue(defaults)));
        }

        if (problems.Count == before && record is IValidatableObject together)
        {
            foreach (var problem in together.Validate(new ValidationContext(record)))
            {
                var named = problem.MemberNames.Select(ConfigKeys.Name).FirstOrDefault();
                var value = named is null ? null : map[named]?.Value;
                var key = named is null ? path : ConfigKeys.Join(path, named);
                var found = value is null ? "" : $"found {value.Found}; ";
                problems.Add(value?.At ?? map.At, key, found + problem.ErrorMessage);
            }
        }

        return record;
    }

    private object? Property(PropertyInfo property, ConfigNode node, string key, object? defaults)
    {
        var underlying = Nullable.GetUnderlyingType(property.PropertyType);
        if (node.IsNull && (underlying is not null || Nullability.Create(property).WriteState is NullabilityState.Nullable))
        {
            return null;
        }

        var rules = property.GetCustomAttributes<ValidationAttribute>().ToList();
        var value = Value(node, key, underlying ?? property.PropertyType, defaults, rules) ?? defaults;
        return value is string { Length: > 0 } path && property.IsDefined(typeof(ConfigPathAttribute))
            ? Path.GetFullPath(path, node.At.Folder)
            : value;
    }

    private object? Default(PropertyInfo property, ConfigLocation at, string key, object? defaults)
    {
        if (defaults is null or "" && property.IsDefined(typeof(RequiredAttribute)))
        {
            var rules = property.GetCustomAttributes<ValidationAttribute>().ToList();
            problems.Add(at, key, "nothing", ConfigShapes.Allowed(property.PropertyType, rules));
        }

        return defaults;
    }

    private static object Fresh(Type record) => Activator.CreateInstance(record, nonPublic: true)!;
}
