using System.CommandLine;
using System.CommandLine.Parsing;
using Diffuse.Configuration;

namespace Diffuse.Cli;

/// <summary>What is wrong with the words of the command line: unknown verbs and options with the nearest known one, values that are missing.</summary>
internal static class UsageErrors
{
    public static IReadOnlyList<string> Of(ParseResult given, RootCommand root)
    {
        var command = given.CommandResult.Command;
        List<string> errors = [];
        var afterUnknownOption = false;
        foreach (var word in given.UnmatchedTokens)
        {
            if (word.StartsWith('-') && word.Length > 1)
            {
                errors.Add(UnknownOption(word.Split('=')[0], command, root));
            }
            else if (!afterUnknownOption)
            {
                errors.Add(command == root
                    ? $"unknown verb '{word}'; {DidYouMean.Question(word, Names(root.Subcommands))}allowed: {string.Join(", ", Names(root.Subcommands))}"
                    : $"found '{word}'; allowed: options only");
            }

            afterUnknownOption = word.StartsWith('-');
        }

        errors.AddRange(command.Options.Select(option => given.GetResult(option)).OfType<OptionResult>().Select(Misused).OfType<string>());
        if (errors.Count == 0 && command == root)
        {
            errors.Add($"the verb is missing; allowed: {string.Join(", ", Names(root.Subcommands))}");
        }

        return errors.Count > 0 ? errors : [.. given.Errors.Select(error => error.Message)];
    }

    /// <summary>An option without its value, or given again.</summary>
    private static string? Misused(OptionResult given) => given.Option switch
    {
        { ValueType: var type } when type == typeof(bool) => null,
        { HelpName: var value, Name: var name } when given.Tokens.Count < given.IdentifierTokenCount => $"{name}: the value is missing: {name} {value}",
        { Name: var name, ValueType.IsArray: false } when given.IdentifierTokenCount > 1 => $"{name}: given {given.IdentifierTokenCount} times; allowed: once",
        _ => null,
    };

    private static string UnknownOption(string word, Command command, RootCommand root)
    {
        var options = command.Options.Concat(root.Options).SelectMany(option => option.Aliases.Append(option.Name)).Where(name => name.StartsWith("--"));
        var owner = root.Subcommands.FirstOrDefault(verb => verb != command && verb.Options.Any(option => option.Name == word));
        return $"unknown option '{word}'" + (owner is not null
            ? $"; it is an option of 'diffuse {owner.Name}'"
            : DidYouMean.Nearest(word, options) is { } near ? $"; did you mean '{near}'?" : "");
    }

    private static IEnumerable<string> Names(IEnumerable<Command> commands) => commands.Select(command => command.Name);
}
