using System.CommandLine;
using Diffuse.Cli.Output;
using Diffuse.Configuration;

namespace Diffuse.Cli.Commands;

/// <summary>A verb of the command line: its options, its help, and what it does.</summary>
/// <param name="does">One line for the list of verbs.</param>
internal abstract class Verb(string name, string does) : Command(name, does)
{
    /// <summary>Command lines that work, the most useful first, each with what comes of it.</summary>
    public abstract IReadOnlyList<(string Line, string Result)> Examples { get; }

    /// <summary>What a person must know beside the options.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <param name="jobs">Called once the options are found right: it loads the tensor library.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public abstract int Run(ParseResult given, Func<IJobs> jobs, JobConsole console);

    /// <param name="value">What stands after it in help.</param>
    /// <param name="text">What it is, its unit and its default.</param>
    protected static Option<string?> Value(string name, string value, string text) => new(name) { HelpName = value, Description = text };

    /// <summary>One that may be given several times.</summary>
    protected static Option<string[]> Values(string name, string value, string text) => new(name) { HelpName = value, Description = text };

    protected static Option<bool> Switch(string name, string text) => new(name) { Description = text };

    protected static Option<string[]> Sets() => Values("--set", "KEY=VALUE", "replaces a value of the config; may be given several times");
}
