namespace Diffuse.Configuration;

/// <summary>Bad input found while reading and building, before the first tensor of the job: the program ends with exit code 2.</summary>
/// <param name="problems">Each one line: where, what was found, what is allowed.</param>
public sealed class ConfigException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public ConfigException(string problem) : this([problem])
    {
    }

    public IReadOnlyList<string> Problems { get; } = problems;
}
