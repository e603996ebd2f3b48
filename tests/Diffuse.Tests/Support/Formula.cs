using System.Globalization;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>
/// A formula of a reference case, "eps(x,t) = 0.3*x + 0.1*sin(t/100)": numbers, variables, + - * / ^, parentheses, sin cos tanh exp log sqrt.
/// Evaluated on tensors, which broadcast.
/// </summary>
internal sealed class Formula
{
    private readonly string text;
    private readonly IReadOnlyDictionary<string, Tensor> variables;
    private int at;

    private Formula(string text, IReadOnlyDictionary<string, Tensor> variables) => (this.text, this.variables) = (text, variables);

    /// <summary>The right side of "name(arguments) = expression", or an expression alone.</summary>
    public static Tensor Evaluate(string definition, IReadOnlyDictionary<string, Tensor> variables)
    {
        var formula = new Formula(definition[(definition.IndexOf('=') + 1)..].Replace(" ", ""), variables);
        var value = formula.Sum();
        return formula.at == formula.text.Length ? value : throw formula.Unexpected();
    }

    private Tensor Sum()
    {
        var value = Product();
        while (Next('+', '-') is { } sign)
        {
            var other = Product();
            value = sign == '+' ? value + other : value - other;
        }

        return value;
    }

    private Tensor Product()
    {
        var value = Power();
        while (Next('*', '/') is { } sign)
        {
            var other = Power();
            value = sign == '*' ? value * other : value / other;
        }

        return value;
    }

    private Tensor Power()
    {
        if (Next('-') is not null)
        {
            return -Power();
        }

        var value = Atom();
        return Next('^') is null ? value : value.pow(Power());
    }

    private Tensor Atom()
    {
        if (Next('(') is not null)
        {
            var inner = Sum();
            return Next(')') is null ? throw Unexpected() : inner;
        }

        var start = at;
        if (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] is '.' or 'e' || (text[at] is '-' && text[at - 1] == 'e')))
            {
                at++;
            }

            return tensor(double.Parse(text[start..at], CultureInfo.InvariantCulture), variables.Values.First().dtype);
        }

        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        var name = text[start..at];
        if (at >= text.Length || text[at] != '(')
        {
            return variables.TryGetValue(name, out var variable) ? variable : throw Unexpected();
        }

        var argument = Atom();
        return name switch
        {
            "sin" => argument.sin(),
            "cos" => argument.cos(),
            "tanh" => argument.tanh(),
            "exp" => argument.exp(),
            "log" => argument.log(),
            "sqrt" => argument.sqrt(),
            _ => throw Unexpected(),
        };
    }

    private char? Next(params ReadOnlySpan<char> allowed) => at < text.Length && allowed.Contains(text[at]) ? text[at++] : null;

    private FormatException Unexpected() => new($"\"{text}\" is no formula of {string.Join(", ", variables.Keys)} (at character {at})");
}
