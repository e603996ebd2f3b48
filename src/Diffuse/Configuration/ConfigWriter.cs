using System.Collections;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Diffuse.Configuration;

/// <summary>
/// Options records to YAML with every default written out, in the order of declaration. <see cref="ConfigReader"/> reads an equal record
/// back, and equal records give equal text.
/// </summary>
internal sealed partial class ConfigWriter
{
    private readonly StringWriter text = new() { NewLine = "\n" };
    private readonly Emitter emitter;

    private ConfigWriter() => emitter = new Emitter(text, new EmitterSettings(2, int.MaxValue, false, 1024));

    public static string Write(object options)
    {
        var writer = new ConfigWriter();
        writer.emitter.Emit(new StreamStart());
        writer.emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        writer.Record(options);
        writer.emitter.Emit(new DocumentEnd(isImplicit: true));
        writer.emitter.Emit(new StreamEnd());
        return writer.text.ToString();
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null:
                Word("null", ScalarStyle.Plain);
                break;
            case string words:
                Word(words, IsPlain().IsMatch(words) && !Reserved().IsMatch(words) ? ScalarStyle.Plain : Quotes(words));
                break;
            case IEnumerable list:
                List([.. list.Cast<object?>()]);
                break;
            case var word when ConfigScalars.IsScalar(word.GetType()):
                Word(ConfigScalars.Write(word), ScalarStyle.Plain);
                break;
            default:
                Record(value);
                break;
        }
    }

    private void List(IReadOnlyList<object?> values)
    {
        var words = values.All(value => value is null or string || ConfigScalars.IsScalar(value.GetType()));
        emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, words ? SequenceStyle.Flow : SequenceStyle.Block));
        foreach (var value in values)
        {
            Value(value);
        }

        emitter.Emit(new SequenceEnd());
    }

    private void Record(object record)
    {
        var type = record.GetType();
        var kind = type.IsDefined(typeof(KindAttribute), inherit: false) ? Kinds.NameOf(type) : null;
        var properties = ConfigKeys.Of(type);
        if (kind is not null && properties.Count == 0)
        {
            Word(kind, ScalarStyle.Plain);
            return;
        }

        emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, MappingStyle.Block));
        if (kind is not null)
        {
            Word("kind", ScalarStyle.Plain);
            Word(kind, ScalarStyle.Plain);
        }

        foreach (var property in properties)
        {
            Word(ConfigKeys.Name(property), ScalarStyle.Plain);
            Value(property.GetValue(record));
        }

        emitter.Emit(new MappingEnd());
    }

    private void Word(string word, ScalarStyle style) =>
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, word, style, isPlainImplicit: true, isQuotedImplicit: true));

    private static ScalarStyle Quotes(string words) => words.Any(char.IsControl) ? ScalarStyle.DoubleQuoted : ScalarStyle.SingleQuoted;

    [GeneratedRegex(@"^[A-Za-z_/][A-Za-z0-9_/.+-]*(?: [A-Za-z0-9_/.+-]+)*\z")]
    private static partial Regex IsPlain();

    // Texts that a YAML reader takes for something else.
    [GeneratedRegex(@"^(?:null|true|false|yes|no|on|off|y|n)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
