namespace Diffuse.Training;

/// <summary>
/// The checkpoints of a run. One appears whole or not at all: it is written beside, flushed, sealed with its manifest and then renamed, and
/// only afterwards older ones go.
/// </summary>
/// <param name="path">The folder <c>checkpoints</c>; it need not exist.</param>
/// <param name="keep">How many stay.</param>
public sealed class CheckpointFolder(string path, int keep = 2)
{
    /// <summary>In front of names of folders that are being written or deleted; a program that was killed may leave one.</summary>
    private const string Unfinished = ".unfinished-";

    /// <summary>The newest checkpoint that is whole; null if there is none.</summary>
    /// <param name="report">Told in one sentence about each newer one that is damaged.</param>
    public Checkpoint? Newest(Action<string> report)
    {
        foreach (var folder in Existing())
        {
            if (Manifest.Fault(folder) is not { } fault)
            {
                return new Checkpoint(folder);
            }

            report($"the checkpoint {folder} is damaged and not used: {fault}");
        }

        return null;
    }

    /// <summary>How far the newest checkpoint says that training has come, without verifying it; null if there is none to read.</summary>
    internal Counters? NewestCounters()
    {
        foreach (var file in Existing().Select(folder => new Checkpoint(folder).File(Counters.FileName)).Where(File.Exists))
        {
            return Counters.Parse(File.ReadAllText(file));
        }

        return null;
    }

    /// <exception cref="IOException">The disk is full or cannot be written to; the checkpoints before stay as they were.</exception>
    internal Checkpoint Write(long step, Action<CheckpointWriter> fill)
    {
        var target = Path.Combine(path, Checkpoint.NameOf(step));
        var beside = Path.Combine(path, Unfinished + Checkpoint.NameOf(step));
        try
        {
            Directory.CreateDirectory(path);
            Clear();
            Directory.CreateDirectory(beside);
            fill(new CheckpointWriter(beside));
            Manifest.Write(beside);
            foreach (var folder in Directory.EnumerateDirectories(beside, "*", SearchOption.AllDirectories).Append(beside))
            {
                Durable.FlushFolder(folder);
            }

            Delete(target);
            Directory.Move(beside, target);
            Durable.FlushFolder(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryClear();
            throw new IOException(
                $"the checkpoint of step {step} could not be written to {path}: {exception.Message.TrimEnd('.')}. Earlier checkpoints are untouched.", exception);
        }

        // A later step can only be one that was found damaged: this run has gone on from before it.
        foreach (var old in Existing().Where(folder => Checkpoint.StepOf(folder) > step).Concat(Existing().SkipWhile(folder => folder != target).Skip(keep)).ToList())
        {
            Delete(old);
        }

        return new Checkpoint(target);
    }

    /// <summary>Removes what a killed program left half written.</summary>
    internal void Clear()
    {
        if (Directory.Exists(path))
        {
            foreach (var left in Directory.EnumerateDirectories(path, Unfinished + "*"))
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    /// <summary>Makes room on a full disk; where even that fails, the error that led here is the one to tell.</summary>
    private void TryClear()
    {
        try
        {
            Clear();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Newest first.</summary>
    private IEnumerable<string> Existing() => Directory.Exists(path)
        ? Directory.EnumerateDirectories(path).Where(folder => Checkpoint.StepOf(folder) is not null).OrderByDescending(Checkpoint.StepOf)
        : [];

    /// <summary>Renamed first, so that no half of it is ever taken for a checkpoint.</summary>
    private void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            var doomed = Path.Combine(path, Unfinished + "old-" + Path.GetFileName(folder));
            Directory.Move(folder, doomed);
            Directory.Delete(doomed, recursive: true);
        }
    }
}
