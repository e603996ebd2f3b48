using System.IO.Compression;
using Diffuse.Data;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;

namespace Diffuse.Tests.Data;

public sealed class BytePairTokenizerTests
{
    private static readonly string[] texts = ["red heart", "red apple", "yellow heart", "green apple, red leaf", "a tree's leaf"];

    [Fact]
    public void With_OpenAIs_merges_the_numbers_are_OpenAIs()
    {
        if (Unsupported.Merges is not { } merges)
        {
            Assert.Contains("DIFFUSE_CLIP", Unsupported.Reason("clip", "tokenizer"));
            return;
        }

        var reference = Reference.Case("clip", "tokenizer");
        using var file = new StreamReader(new GZipStream(File.OpenRead(merges), CompressionMode.Decompress));
        var lines = file.ReadToEnd().Split('\n')[1..(49152 - 256 - 2 + 1)];
        var tokenizer = new BytePairTokenizer(BytePairTokenizer.Merges(lines), length: 77);
        Assert.Equal(reference.Inputs["vocabulary_size"].Integer, tokenizer.Count);
        foreach (var expected in reference.Expected["tokens"].Items)
        {
            var text = expected["text"].Text;
            Assert.Equal(expected["bpe_ids"].Integers, tokenizer.Tokens(text));
            var ids = tokenizer.Encode(text);
            Assert.Equal(77, ids.Count);
            Assert.Equal(expected["with_start_end"].Integers, ids.Take(expected["with_start_end"].Integers.Length));
            Assert.Equal(expected["decoded"].Text, tokenizer.Decode(expected["bpe_ids"].Integers));
        }
    }

    [Fact]
    public void It_learns_the_pairs_that_stand_most_often()
    {
        var merges = BytePairTraining.Merges(texts, BytePairTraining.LeastTokens + 3);
        Assert.Equal(3, merges.Count);
        Assert.Equal(("r", "e"), merges[0]); // red three times, green, tree
        Assert.Equal(merges, BytePairTraining.Merges(texts, BytePairTraining.LeastTokens + 3));
        Assert.True(BytePairTraining.Merges(texts, 5000).Count < 60, "no pair stands twice any more");
    }

    [Fact]
    public void What_it_has_learned_encodes_any_text_and_comes_back()
    {
        var tokenizer = new BytePairTokenizer(BytePairTraining.Merges(texts, 600), length: 16);
        Assert.Single(tokenizer.Tokens("RED"));
        foreach (var text in texts.Append("größe 3 ✨ 日本"))
        {
            var words = string.Join(' ', tokenizer.Decode(tokenizer.Tokens(text)).Split(' ', StringSplitOptions.RemoveEmptyEntries));
            Assert.Equal(text.ToLowerInvariant().Replace("'s", " 's").Replace(",", " ,"), words);
        }
    }

    [Fact]
    public void Long_texts_are_cut_before_their_end_token()
    {
        var tokenizer = new BytePairTokenizer([], length: 6);
        var ids = tokenizer.Encode("abcdefgh");
        Assert.Equal(6, ids.Count);
        Assert.Equal(tokenizer.EndId, ids[^1]);
        Assert.Equal([tokenizer.EndId - 1, tokenizer.EndId, 0, 0, 0, 0], tokenizer.Encode(""));
    }

    [Fact]
    public void Files_are_read_back_and_damaged_ones_named()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = new BytePairTokenizer(BytePairTraining.Merges(texts, 560), length: 8);
        foreach (var (name, content) in tokenizer.Files)
        {
            File.WriteAllText(Path.Combine(folder.Path, name), content);
        }

        var read = BytePairTokenizer.Read(folder.Path, 8);
        Assert.All(texts, text => Assert.Equal(tokenizer.Encode(text), read.Encode(text)));
        File.AppendAllText(Path.Combine(folder.Path, "merges.txt"), "q q\n");
        Assert.Contains("no 'qq'", Assert.Throws<InvalidDataException>(() => BytePairTokenizer.Read(folder.Path, 8)).Message);
        File.AppendAllText(Path.Combine(folder.Path, "merges.txt"), "one two three\n");
        Assert.Contains("one two three", Assert.Throws<InvalidDataException>(() => BytePairTokenizer.Read(folder.Path, 8)).Message);
    }
}
