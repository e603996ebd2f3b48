namespace Diffuse.Cli.Output;

/// <summary>What stderr is and can: a terminal with a line that changes and colours, or a file with neither.</summary>
/// <param name="IsLive">Lines can be overwritten.</param>
/// <param name="HasColor">Asked not to: <c>--no-color</c>, <c>NO_COLOR</c>.</param>
internal sealed record Terminal(TextWriter Writer, bool IsLive, bool HasColor)
{
    private const int DefaultWidth = 80;

    public static Terminal Error(bool color)
    {
        var live = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";
        var wanted = color && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new Terminal(Console.Error, live, live && wanted);
    }

    /// <summary>Columns of the window.</summary>
    public int Width
    {
        get
        {
            try
            {
                return Console.WindowWidth is > 0 and var width ? width : DefaultWidth;
            }
            catch (IOException)
            {
                return DefaultWidth;
            }
        }
    }
}
