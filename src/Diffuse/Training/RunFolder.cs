using System.Globalization;
using System.Text.RegularExpressions;

namespace Diffuse.Training;

/// <summary>
/// The folder of one training run, <c>runs/00007-fashion-mnist/</c>, held by this process alone: nobody else can train in it until it is
/// disposed of, or the process ends however it may.
/// </summary>
public sealed partial class RunFolder : IDisposable
{
    private const string LockFile = ".lock";

    private readonly FileStream hold;

    private RunFolder(string path, FileStream hold) => (Path, this.hold) = (path, hold);

    public string Path { get; }

    /// <summary>The resolved config, every default written out.</summary>
    public string Config => ConfigOf(Path);

    public string Log => In("log.txt");

    public string Metrics => MetricsOf(Path);

    /// <summary>A grid of training images.</summary>
    public string Reals => RealsOf(Path);

    public string Checkpoints => CheckpointsOf(Path);

    internal Snapshots Snapshots => new(SnapshotsOf(Path));

    /// <summary>The grid drawn after this many images; the folder is made.</summary>
    public string Samples(long images) => System.IO.Path.Combine(
        Directory.CreateDirectory(SamplesOf(Path)).FullName, NumberedFiles.Name(images, ".png"));

    /// <summary>A new folder whose number is one above the highest.</summary>
    /// <param name="root">The folder <c>runs</c>; made if missing.</param>
    /// <param name="name">Turned into lower case, with anything but letters, digits, dots and dashes as a dash.</param>
    /// <exception cref="IOException">The disk cannot be written to.</exception>
    public static RunFolder Create(string root, string name)
    {
        Directory.CreateDirectory(root);
        for (var number = List(root).Select(run => run.Number).DefaultIfEmpty(-1).Max() + 1; ; number++)
        {
            var path = System.IO.Path.Combine(root, $"{number:D5}-{Slug(name)}");
            if (Directory.CreateDirectory(path) is var folder && folder.EnumerateFileSystemInfos().Any())
            {
                continue;
            }

            if (TryHold(path) is { } hold)
            {
                return new RunFolder(path, hold);
            }
        }
    }

    /// <exception cref="IOException">Another process trains in this folder, or it cannot be written to.</exception>
    public static RunFolder Open(string path) => Directory.Exists(path)
        ? new RunFolder(path, TryHold(path) ?? throw new IOException($"{path} is in use: another process is training in it"))
        : throw new DirectoryNotFoundException($"there is no run {path}");

    /// <summary>The runs below <paramref name="root"/>, the newest first.</summary>
    public static IReadOnlyList<RunSummary> List(string root) => !Directory.Exists(root)
        ? []
        : [.. Directory.EnumerateDirectories(root)
            .Select(path => (path, match: Numbered().Match(System.IO.Path.GetFileName(path))))
            .Where(found => found.match.Success)
            .Select(found => new RunSummary(
                found.path, int.Parse(found.match.Groups["number"].Value, CultureInfo.InvariantCulture), found.match.Groups["name"].Value))
            .OrderByDescending(run => run.Number)
            .ThenByDescending(run => run.Name, StringComparer.Ordinal)];

    /// <summary>The form in which a config's name appears in the folder's.</summary>
    public static string Slug(string name) => Other().Replace(name.ToLowerInvariant(), "-").Trim('-') is { Length: > 0 } slug ? slug : "run";

    public void WriteConfig(string yaml) => Durable.Replace(Config, yaml);

    public void Dispose() => hold.Dispose();

    internal static string ConfigOf(string run) => System.IO.Path.Combine(run, "config.yaml");

    internal static string MetricsOf(string run) => System.IO.Path.Combine(run, "metrics.jsonl");

    internal static string RealsOf(string run) => System.IO.Path.Combine(run, "reals.png");

    internal static string SamplesOf(string run) => System.IO.Path.Combine(run, "samples");

    internal static string SnapshotsOf(string run) => System.IO.Path.Combine(run, "snapshots");

    internal static string CheckpointsOf(string run) => System.IO.Path.Combine(run, "checkpoints");

    /// <summary>The file stays when the run ends: deleting it would let two others hold two files of the same name.</summary>
    private static FileStream? TryHold(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException) && IsSharing(exception))
        {
            return null;
        }
    }

    /// <summary>ERROR_SHARING_VIOLATION; elsewhere EWOULDBLOCK of flock.</summary>
    private static bool IsSharing(IOException exception) => OperatingSystem.IsWindows()
        ? (exception.HResult & 0xFFFF) == 32
        : exception.Message.Contains("being used by another process", StringComparison.Ordinal);

    private string In(string name) => System.IO.Path.Combine(Path, name);

    [GeneratedRegex("^(?<number>[0-9]{5,9})-(?<name>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Numbered();

    [GeneratedRegex("[^a-z0-9.-]+")]
    private static partial Regex Other();
}

/// <summary>A run on disk, seen without opening it.</summary>
/// <param name="Number">Counts upwards; the highest is the newest.</param>
/// <param name="Name">The config's name as <see cref="RunFolder.Slug"/> writes it.</param>
public sealed record RunSummary(string Path, int Number, string Name)
{
    /// <summary>The text of its config.yaml; null for a run that ended before it was written.</summary>
    public string? Config => File.Exists(RunFolder.ConfigOf(Path)) ? File.ReadAllText(RunFolder.ConfigOf(Path)) : null;

    public CheckpointFolder Checkpoints => new(RunFolder.CheckpointsOf(Path));

    internal Snapshots Snapshots => new(RunFolder.SnapshotsOf(Path));

    /// <summary>Whether a checkpoint says that training reached its end. One that was started again for longer counts as unfinished until then.</summary>
    public bool IsFinished => Checkpoints.NewestCounters() is { } counters && counters.Images >= counters.Total;
}
