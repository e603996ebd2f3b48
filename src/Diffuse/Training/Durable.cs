using System.Runtime.InteropServices;

namespace Diffuse.Training;

/// <summary>Files and folders that a power cut cannot take back: what is written is flushed to the disk, its folder's entry too.</summary>
internal static partial class Durable
{
    /// <summary>Creates or replaces a file and flushes its bytes.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        write(file);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Replaces a file in one step: a reader sees the old text or the new, never half of either.</summary>
    public static void Replace(string path, string text)
    {
        var beside = path + ".new";
        Write(beside, file => file.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        File.Move(beside, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Flushes a folder's entries. Windows journals them by itself and offers no such call.</summary>
    /// <exception cref="IOException">The disk reports an error.</exception>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int ReadOnly = 0;
        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var failed = Flush(descriptor) != 0;
        var reason = Marshal.GetLastPInvokeErrorMessage();
        _ = Close(descriptor);
        if (failed)
        {
            throw new IOException($"{path}: {reason}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
