namespace Diffuse.Configuration;

/// <summary>Bad input found while reading and building, before the first tensor of the job: the program ends with exit code 2.</summary>
/// <param name="problems">Each one line: where, what was found, what is allowed.</param>
public sealed class ConfigException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public ConfigException(string problem) : this([problem])
    {
    }

    public IReadOnlyList<string> Problems { get; } = problems;

    /// <summary>Runs something whose problems name one thing, and tells them of the option that the thing came by.</summary>
    /// <param name="known">How they begin, <c>data.path:</c>.</param>
    /// <param name="option">What stands there instead, <c>--images</c>.</param>
    internal static T Of<T>(string known, string option, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (ConfigException wrong)
        {
            throw new ConfigException([.. wrong.Problems.Select(problem => problem.Replace(known, option + ":", StringComparison.Ordinal))]);
        }
    }
}
