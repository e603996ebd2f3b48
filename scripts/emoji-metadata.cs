#:property PublishAot=false
// dotnet run emoji-metadata.cs -- EMOJI.JSON NAMES.JSON FOLDER: writes FOLDER/metadata.jsonl, a line for each emoji whose picture is in
// FOLDER: file_name, text (the emoji's name in Unicode's common locale data, with the skin tones of a variation) and label (its category).
// The names of the characters in EMOJI.JSON would not do: there "black" and "white" mean filled and outlined, and a red heart is a black one.
using System.Text.Encodings.Web;
using System.Text.Json;

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
    if (File.Exists(Path.Combine(folder, file)))
        lines.WriteLine(Line(file, text, label));
}

string Line(string file, string text, string label) =>
    $$"""{"file_name": {{Quote(file)}}, "text": {{Quote(text)}}, "label": {{Quote(label)}}}""";

string Quote(string value) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)}\"";
