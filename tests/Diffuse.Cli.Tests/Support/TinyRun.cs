namespace Diffuse.Cli.Tests.Support;

/// <summary>A folder with the config of a run that takes seconds, on the images of the quickstart.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyRun(string? data = null, string duration = "128") => folder.File(
        "tiny.yaml",
        $$"""
        precision: fp32
        data: { path: '{{data ?? Garments}}', resolution: 8, channels: 1, held_out: 16 }
        network: { kind: unet, channels: [8, 16], blocks: 1, head_size: 8, groups: 4, dropout: 0.1 }
        training:
          duration: {{duration}}
          batch: 16
          accumulate: 2
          warmup: 32
          checkpoint_every: 64
          sample_every: 0
          validate_every: 64
          log_every: 16
        sampling: { steps: 3, guidance: 2, count: 4 }
        evaluation: [{ kind: validation-loss, bins: 2, images: 16 }, { kind: bits-per-dim, draws: 2, images: 8 }]
        """);

    public static string Garments { get; } = Path.Combine(Root(), "configs", "data", "fashion-mnist-10k");

    public string Folder => folder.Path;

    /// <summary>The run's folder, the first.</summary>
    public string Path0 => Path.Combine(Folder, "runs", "00000-tiny");

    public CliResult Run(params string[] args) => Shell.Run(args, Folder);

    public CliResult Train(params string[] more) => Run(["train", "--config", "tiny.yaml", .. more]);

    /// <summary>The run of a classifier that was trained for a moment.</summary>
    public string Judge()
    {
        File.WriteAllText(Path.Combine(Folder, "judge.yaml"), $$"""
            precision: fp32
            data: { path: '{{Garments}}', resolution: 8, channels: 1, held_out: 16 }
            network: { kind: resnet, channels: [8, 16], groups: 4 }
            objective: { kind: noisy-classification, clean: 1 }
            training: { duration: 64, batch: 16, checkpoint_every: 64, sample_every: 0, validate_every: 0 }
            """);
        return Run("train", "--config", "judge.yaml").Succeeded().Output.Trim();
    }

    public RunningCli Start(params string[] args) => Shell.Start(args, Folder);

    /// <summary>SHA-256 of the last checkpoint's files, but for the time that training took.</summary>
    public IReadOnlyDictionary<string, string> Weights()
    {
        var last = Directory.GetDirectories(Path.Combine(Path0, "checkpoints")).Order(StringComparer.Ordinal).Last();
        return Directory.EnumerateFiles(last, "*.safetensors", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(last, file),
            file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
    }

    public void Dispose() => folder.Dispose();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "diffuse.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
