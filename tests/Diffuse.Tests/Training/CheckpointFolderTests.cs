using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly List<string> reports = [];

    private string Folder => temporary["checkpoints"];

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_checkpoint_has_a_manifest_of_every_file_and_opens()
    {
        var written = Write(5000);

        Assert.Equal(Path.Combine(Folder, "step-00005000"), written.Path);
        Assert.Equal(5000, Checkpoint.Open(written.Path).Step);
        var manifest = File.ReadAllText(written.File("manifest.json"));
        Assert.Contains("\"a.txt\"", manifest);
        Assert.Contains("\"deep/b.safetensors\"", manifest);
        Assert.Equal(["step-00005000"], Names());
    }

    [Fact]
    public void Tensors_carry_the_format_tag_that_diffusers_looks_for()
    {
        using var file = SafetensorsFile.Open(Write(1).File("deep/b.safetensors"));
        using var x = file.Read("x");

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([1, 1, 1], Close.Values(x));
    }

    [Fact]
    public void Only_the_newest_are_kept()
    {
        foreach (var step in new[] { 10, 20, 30, 40 })
        {
            Write(step, keep: 3);
        }

        Assert.Equal(["step-00000020", "step-00000030", "step-00000040"], Names());
    }

    [Fact]
    public void The_same_step_written_again_replaces_the_first()
    {
        Write(10, text: "old");
        Write(10, text: "new");

        Assert.Equal("new", File.ReadAllText(Open().Newest(reports.Add)!.File("a.txt")));
        Assert.Equal(["step-00000010"], Names());
    }

    [Fact]
    public void Without_a_checkpoint_there_is_none() => Assert.Null(Open().Newest(reports.Add));

    public static TheoryData<string, Action<string>> Damages => new()
    {
        { "manifest.json is missing", folder => File.Delete(Path.Combine(folder, "manifest.json")) },
        { "manifest.json is damaged", folder => File.WriteAllText(Path.Combine(folder, "manifest.json"), "{\"files\":") },
        { "manifest.json lists no files", folder => File.WriteAllText(Path.Combine(folder, "manifest.json"), "{}") },
        { "a.txt is missing", folder => File.Delete(Path.Combine(folder, "a.txt")) },
        { "a.txt has 0 bytes instead of 4", folder => File.WriteAllText(Path.Combine(folder, "a.txt"), "") },
        { "a.txt has changed", folder => File.WriteAllText(Path.Combine(folder, "a.txt"), "teXt") },
        { "not inside", folder => File.WriteAllText(Path.Combine(folder, "manifest.json"), """{"files":{"../a":{"bytes":0,"sha256":""}}}""") },
    };

    [Theory, MemberData(nameof(Damages))]
    public void A_damaged_checkpoint_is_named_with_the_reason_and_the_one_before_is_taken(string reason, Action<string> damage)
    {
        Write(10);
        var newest = Write(20);
        damage(newest.Path);

        Assert.Equal(10, Open().Newest(reports.Add)!.Step);

        Assert.StartsWith($"the checkpoint {newest.Path} is damaged and not used: ", Assert.Single(reports));
        Assert.Contains(reason, reports[0]);
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Checkpoint.Open(newest.Path)).Message);
    }

    [Fact]
    public void After_a_fall_back_the_damaged_one_goes_and_enough_good_ones_stay()
    {
        Write(10);
        Write(20);
        File.Delete(Path.Combine(Write(30).Path, "a.txt"));

        Write(25);

        Assert.Equal(["step-00000020", "step-00000025"], Names());
    }

    [Fact]
    public void A_write_that_fails_half_way_is_one_clear_error_and_leaves_the_earlier_ones()
    {
        Write(10);
        var inner = new IOException("No space left on device");

        var error = Assert.Throws<IOException>(() => Open().Write(20, writer =>
        {
            writer.Text("a.txt", "text");
            throw inner;
        }));

        Assert.Equal($"the checkpoint of step 20 could not be written to {Folder}: No space left on device. Earlier checkpoints are untouched.", error.Message);
        Assert.Same(inner, error.InnerException);
        Assert.Equal(["step-00000010"], Names());
        Assert.Equal(10, Open().Newest(reports.Add)!.Step);
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_one_clear_error()
    {
        File.WriteAllText(Folder, "a file where the folder should be");

        Assert.StartsWith("the checkpoint of step 1 could not be written to", Assert.Throws<IOException>(() => Write(1)).Message);
    }

    [Fact]
    public void What_a_killed_program_left_half_written_is_never_taken_and_later_removed()
    {
        Write(10);
        Directory.Move(Write(20).Path, Path.Combine(Folder, ".unfinished-step-00000020"));

        Assert.Equal(10, Open().Newest(reports.Add)!.Step);
        Assert.Empty(reports);
        Write(30);

        Assert.Equal(["step-00000010", "step-00000030"], Names());
    }

    [Fact]
    public void Other_folders_are_left_alone()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "best"));
        foreach (var step in new[] { 10, 20, 30 })
        {
            Write(step);
        }

        Assert.Equal(["best", "step-00000020", "step-00000030"], Names());
    }

    private CheckpointFolder Open(int keep = 2) => new(Folder, keep);

    private Checkpoint Write(long step, int keep = 2, string text = "text") => Open(keep).Write(step, writer =>
    {
        using var scope = NewDisposeScope();
        writer.Text("a.txt", text);
        writer.Tensors("deep/b.safetensors", [KeyValuePair.Create("x", ones(3))]);
    });

    private IEnumerable<string?> Names() => Directory.EnumerateFileSystemEntries(Folder).Select(Path.GetFileName).Order();
}
