using System.Collections;

namespace Diffuse.Configuration;

/// <summary>A key in which two resolved configs differ. Null: the key is not there, because the other config has another kind.</summary>
internal sealed record ConfigDifference(string Key, string? Before, string? After)
{
    /// <summary>Every difference, in the order of the keys of <paramref name="before"/>, then of <paramref name="after"/>.</summary>
    public static IReadOnlyList<ConfigDifference> Between(object before, object after)
    {
        var (old, changed) = (Flatten(before), Flatten(after));
        return
        [
            .. old.Keys.Union(changed.Keys)
                .Select(key => new ConfigDifference(key, old.GetValueOrDefault(key), changed.GetValueOrDefault(key)))
                .Where(key => key.Before != key.After),
        ];
    }

    /// <summary><c>training.batch: 64 before, 32 now</c>.</summary>
    public override string ToString() => $"{Key}: {Before ?? "nothing"} before, {After ?? "nothing"} now";

    /// <summary>Every value as text by its dotted key; a kind stands at the key of its family.</summary>
    private static OrderedDictionary<string, string> Flatten(object config)
    {
        OrderedDictionary<string, string> leaves = [];
        Add(config, "");
        return leaves;

        void Add(object? value, string key)
        {
            if (value is null or string || ConfigScalars.IsScalar(value.GetType()))
            {
                leaves.Add(key, Word(value));
            }
            else if (value is IEnumerable list && list.Cast<object>().ToList() is var items)
            {
                if (items.All(item => ConfigScalars.IsScalar(item.GetType())))
                {
                    leaves.Add(key, $"[{string.Join(", ", items.Select(Word))}]");
                }
                else
                {
                    items.Index().ToList().ForEach(item => Add(item.Item, $"{key}[{item.Index}]"));
                }
            }
            else
            {
                if (value.GetType().IsDefined(typeof(KindAttribute), inherit: false))
                {
                    leaves.Add(key, Kinds.NameOf(value.GetType()));
                }

                ConfigKeys.Of(value.GetType()).ToList().ForEach(p => Add(p.GetValue(value), ConfigKeys.Join(key, ConfigKeys.Name(p))));
            }
        }

        static string Word(object? value) => value is null ? "null" : ConfigScalars.Write(value);
    }
}
