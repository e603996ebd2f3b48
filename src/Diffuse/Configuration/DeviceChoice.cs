using System.Text.RegularExpressions;

namespace Diffuse.Configuration;

/// <summary>Where tensors live: <c>auto</c> (a GPU where there is one), <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
public readonly partial record struct DeviceChoice
{
    private readonly string? name;

    private DeviceChoice(string name) => this.name = name == "auto" ? null : name;

    public static DeviceChoice Auto => default;

    /// <exception cref="FormatException">The message says what is allowed.</exception>
    public static DeviceChoice Parse(string text) =>
        Known().IsMatch(text) ? new(text) : throw new FormatException("auto, cpu, cuda, or cuda:1 for the second GPU");

    /// <summary>As written; all but <c>auto</c> is what libtorch calls the device.</summary>
    public override string ToString() => name ?? "auto";

    [GeneratedRegex(@"^(auto|cpu|cuda(:[0-9]{1,3})?)\z")]
    private static partial Regex Known();
}
