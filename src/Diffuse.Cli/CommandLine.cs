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
    private readonly Option<bool> verbose = new("--verbose") { Description = "more on stderr, and the whole trace of an error", Recursive = true };
    private readonly Option<bool> quiet = new("--quiet") { Description = "only warnings and errors on stderr", Recursive = true };
    private readonly Option<bool> noColor = new("--no-color") { Description = "no colours (as does NO_COLOR)", Recursive = true };
    private readonly ParseResult given;

    public CommandLine(string[] args)
    {
        Array.ForEach<Command>([new TrainCommand(), new SampleCommand(), new EvalCommand()], root.Subcommands.Add);
        root.Options.OfType<HelpOption>().Single().Description = "this text; of one verb: diffuse VERB --help";
        root.Options.OfType<VersionOption>().Single().Description = "the version";
        Array.ForEach<Option>([verbose, quiet, noColor], root.Options.Add);
        given = root.Parse(args is ["help", .. var rest] ? [.. rest, "--help"] : args, Rules);
    }

    public static string Version => typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public JobConsole Console() =>
        new(Terminal.Error(color: !given.GetValue(noColor)), verbose: given.GetValue(verbose), quiet: given.GetValue(quiet));

    /// <returns>An <see cref="ExitCode"/>.</returns>
    public int Run(Func<IJobs> jobs, JobConsole console)
    {
        var verb = given.CommandResult.Command as Verb;
        if (Asked<HelpOption>() || given.Tokens.Count == 0)
        {
            System.Console.Out.Write(Help.Of(root, verb));
            return ExitCode.Success;
        }

        if (Asked<VersionOption>())
        {
            System.Console.Out.WriteLine($"diffuse {Version}");
            return ExitCode.Success;
        }

        if (UsageErrors.Of(given, root) is { Count: > 0 } errors)
        {
            errors.ToList().ForEach(error => console.Log.Error("{Problem:l}", error));
            console.Log.Information("{Hint:l}", $"'diffuse {(verb is null ? "" : verb.Name + " ")}--help' lists what there is");
            return ExitCode.Usage;
        }

        return verb!.Run(given, jobs, console);
    }

    private bool Asked<T>()
        where T : Option => root.Options.OfType<T>().Any(option => given.GetResult(option) is { Implicit: false });
}
