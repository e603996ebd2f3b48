namespace Diffuse.Cli;

/// <summary>Reads the command line, runs the verb, and tells in one place what went wrong.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        var line = new CommandLine(args);
        if (line.Answer() is { } answer)
        {
            Console.Out.Write(answer);
            return ExitCode.Success;
        }

        using var console = line.Console();
        try
        {
            return line.Run(() => new Jobs.Jobs(), console);
        }
        catch (Exception failure)
        {
            return Failure.Tell(failure, console);
        }
    }
}
