#:property PublishAot=false
#:package StbImageSharp@2.30.16
// dotnet run emoji-metadata.cs -- EMOJI.JSON NAMES.JSON FOLDER: writes FOLDER/metadata.jsonl, a line for each emoji whose picture is in
// FOLDER: file_name, text (the emoji's name in Unicode's common locale data, with the skin tones of a variation) and label (its category).
// Hearts, circles and books are named by their colours; of smileys the name comes after the colour of most of the picture: "yellow grinning face".
// The names of the characters in EMOJI.JSON would not do: there "black" and "white" mean filled and outlined, and a red heart is a black one.
using System.Drawing;
using System.Text.Encodings.Web;
using System.Text.Json;
using StbImageSharp;

string[] colours = ["beige", "black", "blue", "brown", "green", "grey", "orange", "pink", "purple", "red", "white", "yellow"];

var (list, names, folder) = (args[0], args[1], args[2]);
var tones = new Dictionary<string, string>
{
    ["1F3FB"] = "light", ["1F3FC"] = "medium-light", ["1F3FD"] = "medium", ["1F3FE"] = "medium-dark", ["1F3FF"] = "dark",
};
using var document = JsonDocument.Parse(File.ReadAllBytes(list));
using var common = JsonDocument.Parse(File.ReadAllBytes(names));
var name = common.RootElement.EnumerateObject().ToDictionary(e => Plain(e.Name), e => e.Value.GetProperty("name").GetString()!.ToLowerInvariant());
using var lines = new StreamWriter(Path.Combine(folder, "metadata.jsonl")) { NewLine = "\n" };
foreach (var emoji in document.RootElement.EnumerateArray().OrderBy(e => e.GetProperty("sort_order").GetInt32()))
{
    var unified = emoji.GetProperty("unified").GetString()!;
    var category = emoji.GetProperty("category").GetString()!;
    var text = tones.ContainsKey(unified) ? Tones(unified) : name[Plain(string.Concat(unified.Split('-').Select(c => char.ConvertFromUtf32(Convert.ToInt32(c, 16)))))];
    Write(emoji, text, category);
    if (emoji.TryGetProperty("skin_variations", out var variations))
        foreach (var variation in variations.EnumerateObject())
            Write(variation.Value, $"{text}, {Tones(variation.Name)}", category);
}

// Without the selector of the coloured form, which one of the lists has and the other has not.
string Plain(string characters) => characters.Replace("\uFE0F", "");

string Tones(string key) => key.Split('-').Select(k => tones[k]).Distinct().ToArray() switch
{
    [var one] => one + " skin tone",
    var several => string.Join(" and ", several) + " skin tones",
};

void Write(JsonElement emoji, string text, string label)
{
    var file = emoji.GetProperty("image").GetString()!;
    var path = Path.Combine(folder, file);
    if (File.Exists(path))
        lines.WriteLine(Line(file, label != "Smileys & Emotion" || text.Split(' ').Intersect(colours).Any() ? text : $"{Colour(path)} {text}".TrimStart(), label));
}

// The colour of more than half of what is not transparent, if there is one.
string? Colour(string path)
{
    var pixels = ImageResult.FromMemory(File.ReadAllBytes(path), ColorComponents.RedGreenBlueAlpha).Data.Chunk(4).Where(p => p[3] > 127).ToList();
    return pixels.GroupBy(p => Name(Color.FromArgb(p[0], p[1], p[2]))).FirstOrDefault(group => 2 * group.Count() > pixels.Count)?.Key;
}

// The bounds were set by eye, on the hearts, circles, squares and books, whose names say their colours.
string Name(Color colour)
{
    var high = Math.Max(colour.R, Math.Max(colour.G, colour.B)) / 255.0;
    var low = Math.Min(colour.R, Math.Min(colour.G, colour.B)) / 255.0;
    var chroma = high - low;
    return colour.GetHue() switch
    {
        _ when chroma < 0.12 => high > 0.8 ? "white" : high < 0.3 ? "black" : "grey",
        > 10 and < 60 when chroma < 0.3 && low > 0.6 => "beige",
        > 5 and < 39 when high < 0.78 || chroma < 0.6 * high => "brown",
        < 15 or >= 345 => low > 0.5 ? "pink" : "red",
        < 39 => "orange",
        < 65 => "yellow",
        < 170 => "green",
        < 255 => "blue",
        < 300 => "purple",
        _ => "pink",
    };
}

string Line(string file, string text, string label) =>
    $$"""{"file_name": {{Quote(file)}}, "text": {{Quote(text)}}, "label": {{Quote(label)}}}""";

string Quote(string value) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)}\"";
