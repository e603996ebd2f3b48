using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Diffuse.Numerics;

namespace Diffuse.Configuration;

/// <summary>DataAnnotations as a config means them: the range of a list holds for each element; the texts say what is allowed.</summary>
internal static class ConfigRanges
{
    /// <summary>What a rule that the value breaks would allow; null where it keeps them all.</summary>
    public static string? Broken(object value, Type type, IReadOnlyList<ValidationAttribute> rules) =>
        rules.FirstOrDefault(rule => !Keeps(value, rule)) is { } broken ? Allowed(type, [broken]) : null;

    /// <summary><c>a whole number from 1 to 64</c>.</summary>
    public static string Allowed(Type type, IReadOnlyList<ValidationAttribute> rules)
    {
        var allowed = ConfigScalars.Allowed(type);
        foreach (var rule in rules)
        {
            allowed = rule switch
            {
                RangeAttribute range => allowed + Bounds(range),
                AllowedValuesAttribute values => string.Join(", ", values.Values.Select(value => ConfigScalars.Write(value!))),
                { ErrorMessage: { } message } => message,
                _ => allowed,
            };
        }

        return allowed;
    }

    /// <summary><c>at least 1</c>; null where the number of elements is right.</summary>
    public static string? BrokenCount(ICollection list, IReadOnlyList<ValidationAttribute> rules)
    {
        foreach (var rule in rules)
        {
            var (least, most) = rule switch
            {
                MinLengthAttribute min => (min.Length, int.MaxValue),
                MaxLengthAttribute max => (0, max.Length),
                LengthAttribute both => (both.MinimumLength, both.MaximumLength),
                _ => (0, int.MaxValue),
            };
            if (list.Count < least || list.Count > most)
            {
                return most == int.MaxValue ? $"at least {least}" : least == most ? $"{least}" : $"{least} to {most}";
            }
        }

        return null;
    }

    private static bool Keeps(object value, ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => Number(value) is var number
            && (range.MinimumIsExclusive ? number > Number(range.Minimum) : number >= Number(range.Minimum))
            && (range.MaximumIsExclusive ? number < Number(range.Maximum) : number <= Number(range.Maximum)),
        MinLengthAttribute or MaxLengthAttribute or LengthAttribute when value is not string => true,
        _ => rule.IsValid(value),
    };

    private static string Bounds(RangeAttribute range)
    {
        var (min, max) = (Number(range.Minimum), Number(range.Maximum));
        var below = min <= int.MinValue ? "" : range.MinimumIsExclusive ? $" above {Text(min)}" : $" from {Text(min)}";
        var joint = below.Length == 0 ? " " : ", ";
        return below + (max >= int.MaxValue ? ""
            : range.MaximumIsExclusive ? $"{joint}below {Text(max)}"
            : below.StartsWith(" from") ? $" to {Text(max)}"
            : $"{joint}at most {Text(max)}");
    }

    private static double Number(object value) =>
        value is ImageCount images ? images.Value : Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static string Text(double number) => ConfigScalars.Write(number);
}
