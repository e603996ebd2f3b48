using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Diffuse.Configuration;

/// <summary>YAML text to <see cref="ConfigNode"/>s, one document, strict: no duplicate keys, no tags; anchors and aliases work.</summary>
internal sealed class YamlTree
{
    private const int MaxDepth = 32;

    private readonly Parser parser;
    private readonly Func<Mark, ConfigLocation> locate;
    private readonly ConfigProblems problems;
    private readonly Dictionary<AnchorName, ConfigNode> anchors = [];

    private YamlTree(string text, Func<Mark, ConfigLocation> locate, ConfigProblems problems)
    {
        parser = new Parser(new StringReader(text));
        this.locate = locate;
        this.problems = problems;
    }

    /// <summary>The document's root; null where the text is not YAML, which is then among the problems.</summary>
    public static ConfigNode? Parse(string text, Func<Mark, ConfigLocation> locate, ConfigProblems problems)
    {
        try
        {
            return new YamlTree(text, locate, problems).Document();
        }
        catch (YamlException e)
        {
            problems.Add(locate(e.Start), "", $"bad YAML: {(e.InnerException ?? e).Message.TrimEnd('.')}");
            return null;
        }
    }

    private ConfigNode Document()
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out var end))
        {
            return new ScalarNode(locate(end.Start), "", Plain: true);
        }

        parser.Consume<DocumentStart>();
        var root = ReadNode("", 0);
        parser.Consume<DocumentEnd>();
        if (parser.Accept<DocumentStart>(out var second))
        {
            problems.Add(locate(second.Start), "", "a second document", "one document in a file");
        }

        return root;
    }

    private ConfigNode ReadNode(string path, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, $"nested deeper than {MaxDepth} levels");
        }

        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return anchors.TryGetValue(alias.Value, out var node)
                ? node with { At = locate(alias.Start) }
                : throw new YamlException(alias.Start, alias.End, $"the alias *{alias.Value} has no anchor before it");
        }

        var start = (NodeEvent)parser.Current!;
        var at = locate(start.Start);
        if (!start.Tag.IsEmpty)
        {
            problems.Add(at, path, $"the tag {start.Tag}", "plain values");
        }

        ConfigNode read = start switch
        {
            Scalar => ReadWord(at),
            SequenceStart => ReadList(at, path, depth),
            _ => ReadMap(at, path, depth),
        };
        if (!start.Anchor.IsEmpty)
        {
            anchors[start.Anchor] = read;
        }

        return read;
    }

    private ScalarNode ReadWord(ConfigLocation at)
    {
        var scalar = parser.Consume<Scalar>();
        return new ScalarNode(at, scalar.Value, scalar.Style is ScalarStyle.Plain);
    }

    private ListNode ReadList(ConfigLocation at, string path, int depth)
    {
        parser.Consume<SequenceStart>();
        List<ConfigNode> items = [];
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode($"{path}[{items.Count}]", depth + 1));
        }

        return new ListNode(at, items);
    }

    private MapNode ReadMap(ConfigLocation at, string path, int depth)
    {
        parser.Consume<MappingStart>();
        List<MapEntry> entries = [];
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(path, depth + 1);
            var name = (key as ScalarNode)?.Text ?? "";
            var value = ReadNode(ConfigKeys.Join(path, name), depth + 1);
            if (key is not ScalarNode)
            {
                problems.Add(key.At, path, $"{key.Found} as a key", "a name");
            }
            else if (entries.Find(entry => entry.Key == name) is { } first)
            {
                problems.Add(key.At, ConfigKeys.Join(path, name), $"the key a second time (first in line {first.At.Line})", "once");
            }
            else
            {
                entries.Add(new MapEntry(key.At, name, value));
            }
        }

        return new MapNode(at, entries);
    }
}
