#:property PublishAot=false
// dotnet run emoji-metadata.cs -- EMOJI.JSON FOLDER: writes FOLDER/metadata.jsonl, a line for each emoji whose picture is in
// FOLDER: file_name, text (its name, with the skin tones of a variation) and label (its category).
using System.Text.Encodings.Web;
using System.Text.Json;

var (list, folder) = (args[0], args[1]);
var tones = new Dictionary<string, string>
{
    ["1F3FB"] = "light", ["1F3FC"] = "medium-light", ["1F3FD"] = "medium", ["1F3FE"] = "medium-dark", ["1F3FF"] = "dark",
};
using var document = JsonDocument.Parse(File.ReadAllBytes(list));
using var lines = new StreamWriter(Path.Combine(folder, "metadata.jsonl")) { NewLine = "\n" };
foreach (var emoji in document.RootElement.EnumerateArray().OrderBy(e => e.GetProperty("sort_order").GetInt32()))
{
    var name = emoji.GetProperty("name").GetString()!.ToLowerInvariant();
    var category = emoji.GetProperty("category").GetString()!;
    Write(emoji, name, category);
    if (emoji.TryGetProperty("skin_variations", out var variations))
        foreach (var variation in variations.EnumerateObject())
            Write(variation.Value, $"{name}, {Tones(variation.Name)}", category);
}

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
