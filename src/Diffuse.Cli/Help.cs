using System.CommandLine;
using System.Text;
using Diffuse.Cli.Commands;

namespace Diffuse.Cli;

/// <summary>Help for people: examples first, then options with their units and defaults, notes and exit codes.</summary>
internal static class Help
{
    private const int Width = 100;
    private const int Indent = 2;

    public static string Of(RootCommand root, Verb? verb)
    {
        var text = new StringBuilder();
        var name = verb is null ? "diffuse" : $"diffuse {verb.Name}";
        text.Append(name).Append(": ").Append((verb ?? (Command)root).Description).Append('\n');

        Section(text, "Examples");
        foreach (var (line, result) in verb?.Examples ?? [.. Verbs(root).Select(each => each.Examples[0])])
        {
            text.Append(' ', Indent).Append(line).Append('\n').Append(' ', 3 * Indent).Append(result).Append('\n');
        }

        Section(text, "Usage");
        text.Append(' ', Indent).Append(verb is null ? "diffuse VERB [options]" : $"{name} [options]").Append('\n');

        if (verb is null)
        {
            Section(text, "Verbs");
            Table(text, [.. Verbs(root).Select(each => (each.Name, each.Description!))]);
        }
        else
        {
            Section(text, "Options");
            Table(text, [.. verb.Options.Where(option => !option.Hidden).Select(Row)]);
        }

        Section(text, verb is null ? "Options" : "Options of every verb");
        Table(text, [.. root.Options.Where(option => option.Recursive || verb is null).Select(Row)]);

        if (verb?.Notes is { Count: > 0 } notes)
        {
            Section(text, "Notes");
            foreach (var note in notes)
            {
                text.Append(' ', Indent).Append("* ");
                Wrapped(text, note, 2 * Indent, first: 0);
            }
        }

        Section(text, "Exit codes");
        Table(
            text,
            [
                ("0", "success"),
                ("1", "failure"),
                ("2", "bad usage or config; every problem is named"),
                ("3", "training diverged"),
                ("130", "interrupted; training saved a checkpoint first"),
            ]);
        return text.ToString();
    }

    private static IEnumerable<Verb> Verbs(RootCommand root) => root.Subcommands.OfType<Verb>();

    private static (string Left, string Right) Row(Option option)
    {
        var names = option.Aliases.Where(alias => alias == "-h" || alias.StartsWith("--")).Prepend(option.Name);
        return ($"{string.Join(", ", names)} {option.HelpName}".TrimEnd(), option.Description ?? "");
    }

    private static void Section(StringBuilder text, string title) => text.Append('\n').Append(title).Append(":\n");

    private static void Table(StringBuilder text, IReadOnlyList<(string Left, string Right)> rows)
    {
        var column = rows.Max(row => row.Left.Length) + 2 * Indent;
        foreach (var (left, right) in rows)
        {
            text.Append(' ', Indent).Append(left.PadRight(column - Indent));
            Wrapped(text, right, column, first: 0);
        }
    }

    private static void Wrapped(StringBuilder text, string words, int indent, int? first = null)
    {
        text.Append(' ', first ?? indent);
        var column = indent;
        foreach (var word in words.Split(' '))
        {
            if (column > indent && column + word.Length >= Width)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }

            text.Append(column > indent ? " " : "").Append(word);
            column += word.Length + 1;
        }

        text.Append('\n');
    }
}
