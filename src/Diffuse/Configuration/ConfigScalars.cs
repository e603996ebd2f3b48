using System.Globalization;
using System.Reflection;

namespace Diffuse.Configuration;

/// <summary>
/// The values that a config writes as one word: truth values, numbers, text, members of enums (snake_case), and value types with a static
/// <c>Parse(string)</c> whose FormatException says what is allowed and whose ToString writes what Parse reads.
/// </summary>
internal static class ConfigScalars
{
    public static bool IsScalar(Type type) =>
        type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long)
        || type == typeof(double) || Parser(type) is not null;

    /// <summary>The value of a text; null where it has none.</summary>
    public static object? Read(string text, Type type)
    {
        const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var culture = CultureInfo.InvariantCulture;
        return type switch
        {
            _ when type == typeof(string) => text,
            _ when type == typeof(bool) => text is "true" ? true : text is "false" ? false : null,
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var value) ? value : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var value) ? value : null,
            _ when type == typeof(double) => double.TryParse(text, Real, culture, out var value) && double.IsFinite(value) ? value : null,
            { IsEnum: true } => Enum.GetValues(type).Cast<Enum>().FirstOrDefault(member => Write(member) == text),
            _ => Parsed(text, type).Value,
        };
    }

    /// <summary>The text that <see cref="Read"/> gives the same value for.</summary>
    public static string Write(object value) => value switch
    {
        bool truth => truth ? "true" : "false",
        double number => Write(number),
        Enum member => ConfigKeys.Name(member.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>What error texts say is allowed, without the range.</summary>
    public static string Allowed(Type type) => type switch
    {
        _ when type == typeof(string) => "text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        { IsEnum: true } => string.Join(", ", type.GetEnumNames().Select(ConfigKeys.Name)),
        _ => Parsed("\0", type).Allowed ?? type.Name,
    };

    /// <summary>The words among which a mistyped one may be looked for; none of numbers and text.</summary>
    public static IEnumerable<string> Words(Type type) => type.IsPrimitive || type == typeof(string) ? [] : Allowed(type).Split(", ");

    // 1E-05 would be a text to other YAML readers.
    private static string Write(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.Contains('e') && !text.Contains('.') ? text.Replace("e", ".0e") : text;
    }

    private static MethodInfo? Parser(Type type) =>
        type.GetMethod("Parse", BindingFlags.Public | BindingFlags.Static, [typeof(string)]) is { } parse && parse.ReturnType == type
            ? parse
            : null;

    private static (object? Value, string? Allowed) Parsed(string text, Type type)
    {
        try
        {
            return (Parser(type)!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [text], null), null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }
}
