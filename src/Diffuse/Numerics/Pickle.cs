using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Diffuse.Numerics;

/// <summary>
/// Reads Python's pickle format (protocols 0 to 5) without executing any of it: numbers, strings, lists, tuples and dictionaries become values here, and
/// the only "calls" are those of a list that the reader is given, which are recognized by name. Everything else is refused by name.
/// </summary>
/// <param name="input">At the start of a pickle; left after its end. Nothing is allocated that the stream is too short to fill.</param>
/// <param name="call">The value of a known callable with arguments; throws for others.</param>
/// <param name="persistent">The value of a persistent id.</param>
internal sealed class Pickle(Stream input, Func<string, IReadOnlyList<object?>, object?> call, Func<object?, object?> persistent)
{
    private const int MostNumberBytes = 1024;

    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];

    /// <summary>The next pickle of the stream.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or holds something that is not read.</exception>
    public object? Read()
    {
        stack.Clear();
        marks.Clear();
        memo.Clear();
        while (true)
        {
            var code = Byte();
            if (code == '.')
            {
                return Pop();
            }

            Do((char)code);
        }
    }

    private void Do(char code)
    {
        switch (code)
        {
            case '\x80': Byte(); break;                                                  // PROTO
            case '\x95': Bytes(8); break;                                                // FRAME
            case '(': marks.Push(stack.Count); break;
            case '0': Pop(); break;
            case '1': Marked(); break;
            case '2': stack.Add(Top()); break;
            case 'N': stack.Add(null); break;
            case '\x88': stack.Add(true); break;
            case '\x89': stack.Add(false); break;
            case 'K': stack.Add((long)Byte()); break;
            case 'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case 'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case '\x8a': stack.Add(Whole(Byte())); break;                                // LONG1
            case '\x8b': stack.Add(Whole(Length(4))); break;                             // LONG4
            case 'I': stack.Add(Line() switch { "00" => false, "01" => true, var text => Parsed(text) }); break;
            case 'L': stack.Add(Parsed(Line().TrimEnd('L'))); break;
            case 'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case 'F': stack.Add(double.TryParse(Line(), CultureInfo.InvariantCulture, out var real) ? real : throw Damaged("a number is none")); break;
            case 'X': stack.Add(Text(Length(4))); break;                                 // BINUNICODE
            case '\x8c': stack.Add(Text(Byte())); break;
            case '\x8d': stack.Add(Text(Length(8))); break;
            case 'V': stack.Add(Line()); break;
            case 'T': stack.Add(Encoding.Latin1.GetString(Bytes(Length(4)))); break;     // strings of Python 2
            case 'U': stack.Add(Encoding.Latin1.GetString(Bytes(Byte()))); break;
            case 'B': stack.Add(Bytes(Length(4))); break;
            case 'C': stack.Add(Bytes(Byte())); break;
            case '\x8e': stack.Add(Bytes(Length(8))); break;
            case '}': stack.Add(new Dictionary<object, object?>()); break;
            case ']' or '\x8f': stack.Add(new List<object?>()); break;                   // EMPTY_LIST, EMPTY_SET
            case ')': stack.Add(Array.Empty<object?>()); break;
            case 't': stack.Add(Marked().ToArray()); break;
            case '\x85': stack.Add(Last(1)); break;
            case '\x86': stack.Add(Last(2)); break;
            case '\x87': stack.Add(Last(3)); break;
            case 'l': stack.Add(Marked()); break;
            case 'd': var made = new Dictionary<object, object?>(); Set(made, Marked()); stack.Add(made); break;
            case 'a': var item = Pop(); Of<List<object?>>().Add(item); break;
            case 'e' or '\x90': var items = Marked(); Of<List<object?>>().AddRange(items); break;
            case 's': var pair = Last(2); Set(Of<Dictionary<object, object?>>(), pair); break;
            case 'u': var all = Marked(); Set(Of<Dictionary<object, object?>>(), all); break;
            case 'p': memo[Parsed(Line())] = Top(); break;
            case 'q': memo[Byte()] = Top(); break;
            case 'r': memo[Length(4)] = Top(); break;
            case '\x94': memo[memo.Count] = Top(); break;                                // MEMOIZE
            case 'g': stack.Add(Remembered(Parsed(Line()))); break;
            case 'h': stack.Add(Remembered(Byte())); break;
            case 'j': stack.Add(Remembered(Length(4))); break;
            case 'c': stack.Add(new Global($"{Line()}.{Line()}")); break;
            case '\x93': var name = Last(2); stack.Add(new Global($"{name[0]}.{name[1]}")); break;
            case 'R' or '\x81': var called = Last(2); stack.Add(Called(called[0], called[1])); break; // REDUCE, NEWOBJ
            case 'b': var state = Pop(); Fill(Top(), state); break;                      // BUILD
            case 'Q': stack.Add(persistent(Pop())); break;
            default: throw Damaged($"found the operation 0x{(int)code:x2}, which is not read");
        }
    }

    private object? Called(object? what, object? arguments) => what is Global global && arguments is IReadOnlyList<object?> list
        ? call(global.Name, list)
        : throw Damaged("something is called that has no name");

    /// <summary>Attributes of an object of TorchScript, which is a dictionary here; those of other values are not wanted.</summary>
    private static void Fill(object? value, object? state)
    {
        if (value is ScriptObject script && state is Dictionary<object, object?> attributes)
        {
            foreach (var (name, attribute) in attributes)
            {
                script[name] = attribute;
            }
        }
    }

    private static void Set(Dictionary<object, object?> target, IReadOnlyList<object?> pairs)
    {
        if (pairs.Count % 2 != 0)
        {
            throw Damaged("a dictionary has a key without a value");
        }

        for (var i = 0; i < pairs.Count; i += 2)
        {
            target[pairs[i] switch
            {
                string or long or double or bool => pairs[i]!,
                Global name => name.Name,
                _ => throw Damaged("a dictionary has a key that is neither text nor number"),
            }] = pairs[i + 1];
        }
    }

    private object? Pop()
    {
        var top = Top();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private object? Top() => stack.Count > (marks.TryPeek(out var mark) ? mark : 0) ? stack[^1] : throw Damaged("a value is missing");

    private T Of<T>()
        where T : class => Top() as T ?? throw Damaged("something is put into a value that takes none");

    private object?[] Last(int count)
    {
        var values = new object?[count];
        for (var i = count; i-- > 0;)
        {
            values[i] = Pop();
        }

        return values;
    }

    private List<object?> Marked()
    {
        var start = marks.TryPop(out var mark) && mark <= stack.Count ? mark : throw Damaged("a mark is missing");
        var values = stack[start..];
        stack.RemoveRange(start, stack.Count - start);
        return values;
    }

    private object? Remembered(long key) => memo.TryGetValue(key, out var value) ? value : throw Damaged("something is named that was not there before");

    private byte Byte() => input.ReadByte() is >= 0 and var value ? (byte)value : throw Damaged("it ends early");

    private byte[] Bytes(long count)
    {
        if (count > input.Length - input.Position)
        {
            throw Damaged("it ends early");
        }

        var bytes = new byte[count];
        input.ReadExactly(bytes);
        return bytes;
    }

    private long Length(int bytes)
    {
        var length = bytes == 8 ? BinaryPrimitives.ReadInt64LittleEndian(Bytes(8)) : BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));
        return length >= 0 ? length : throw Damaged("a length is negative");
    }

    private object Whole(long bytes)
    {
        var number = bytes <= MostNumberBytes ? new BigInteger(Bytes(bytes)) : throw Damaged("a number is too long");
        return number >= long.MinValue && number <= long.MaxValue ? (long)number : number;
    }

    private string Text(long bytes) => Encoding.UTF8.GetString(Bytes(bytes));

    private string Line()
    {
        var line = new StringBuilder();
        for (var c = Byte(); c != '\n'; c = Byte())
        {
            line.Append((char)c);
        }

        return line.ToString().TrimEnd('\r');
    }

    private static long Parsed(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : throw Damaged("a number is none");

    private static InvalidDataException Damaged(string what) => new($"its pickle cannot be read: {what}");

    /// <summary>The name of a class or function of Python, <c>collections.OrderedDict</c>. It is compared with names and nothing else.</summary>
    public sealed record Global(string Name);

    /// <summary>An object of TorchScript: its attributes. Its code stays unread.</summary>
    public sealed class ScriptObject : Dictionary<object, object?>;
}
