using System.CommandLine;
using System.CommandLine.Parsing;
using Diffuse.Configuration;

namespace Diffuse.Cli;

/// <summary>What is wrong with the words of the command line: unknown verbs and options, missing values.</summary>
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
            else if (command == root)
            {
                return [$"unknown verb '{word}'; {DidYouMean.Question(word, Verbs(root))}allowed: {string.Join(", ", Verbs(root))}"];
            }
            else if (!afterUnknownOption)
            {
                errors.Add($"found '{word}'; allowed: options only");
            }

            afterUnknownOption = word.StartsWith('-');
        }

        errors.AddRange(command.Options.Select(option => given.GetResult(option)).OfType<OptionResult>().Select(Misused).OfType<string>());
        if (errors.Count == 0 && command == root)
        {
            errors.Add($"the verb is missing; allowed: {string.Join(", ", Verbs(root))}");
        }

        return errors.Count > 0 ? errors : [.. given.Errors.Select(error => error.Message)];
    }

    /// <summary>An option without its value, or given again.</summary>
    private static string? Misused(OptionResult given) => given.Option switch
    {
        Option<bool> => null,
        var option when given.Tokens.Count < given.IdentifierTokenCount =>
            $"{option.Name}: the value is missing: {option.Name} {option.HelpName}",
        { ValueType.IsArray: false } option when given.IdentifierTokenCount > 1 => $"{option.Name}: given more than once",
        _ => null,
    };

    private static string UnknownOption(string word, Command command, RootCommand root)
    {
        var options = command.Options.Concat(root.Options).SelectMany(option => option.Aliases.Append(option.Name));
        var owner = root.Subcommands.FirstOrDefault(verb => verb != command && verb.Options.Any(option => option.Name == word));
        return $"unknown option '{word}'" + (owner is not null
            ? $"; it is an option of 'diffuse {owner.Name}'"
            : DidYouMean.Nearest(word, options.Where(name => name.StartsWith("--"))) is { } near ? $"; did you mean '{near}'?" : "");
    }

    private static IEnumerable<string> Verbs(RootCommand root) => root.Subcommands.Select(command => command.Name);
}
