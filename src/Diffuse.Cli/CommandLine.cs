using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using Diffuse.Cli.Commands;
using Diffuse.Cli.Output;
using Diffuse.Configuration;

namespace Diffuse.Cli;

/// <summary>The program's arguments, understood: which verb, with which options, or what is wrong with them.</summary>
internal sealed class CommandLine
{
    private static readonly ParserConfiguration Rules = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    private readonly RootCommand root = new("train, sample and evaluate image diffusion models");
    private readonly Option<bool> verbose = Everywhere("--verbose", "more on stderr, and the whole trace of an error");
    private readonly Option<bool> quiet = Everywhere("--quiet", "only warnings and errors on stderr");
    private readonly Option<bool> noColor = Everywhere("--no-color", "no colours (as does NO_COLOR)");
    private readonly ParseResult given;

    public CommandLine(string[] args)
    {
        Array.ForEach<Command>([new TrainCommand(), new SampleCommand(), new EvalCommand(), new ExportCommand()], root.Subcommands.Add);
        root.Options.OfType<HelpOption>().Single().Description = "this text; of one verb: diffuse VERB --help";
        root.Options.OfType<VersionOption>().Single().Description = "the version";
        Array.ForEach<Option>([verbose, quiet, noColor], root.Options.Add);
        given = root.Parse(args is ["help", .. var rest] ? [.. rest, "--help"] : args, Rules);
    }

    private static string Version =>
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private Verb? Verb => given.CommandResult.Command as Verb;

    public JobConsole Console() =>
        new(Terminal.Error(color: !given.GetValue(noColor)), verbose: given.GetValue(verbose), quiet: given.GetValue(quiet));

    /// <summary>Help or the version, where that is all that was asked for; it needs neither a console nor a job.</summary>
    public string? Answer() =>
        Asked<HelpOption>() || given.Tokens.Count == 0 ? Help.Of(root, Verb)
        : Asked<VersionOption>() ? $"diffuse {Version}\n"
        : null;

    /// <returns>An <see cref="ExitCode"/>.</returns>
    public int Run(Func<IJobs> jobs, JobConsole console)
    {
        if (UsageErrors.Of(given, root) is { Count: > 0 } errors)
        {
            errors.ToList().ForEach(error => console.Log.Error("{Problem}", error));
            console.Log.Information("{Hint}", $"'diffuse {(Verb is null ? "" : Verb.Name + " ")}--help' lists what there is");
            return ExitCode.Usage;
        }

        return Verb!.Run(given, jobs, console);
    }

    private static Option<bool> Everywhere(string name, string text) => new(name) { Description = text, Recursive = true };

    private bool Asked<T>()
        where T : Option => root.Options.OfType<T>().Any(option => given.GetResult(option) is { Implicit: false });
}
