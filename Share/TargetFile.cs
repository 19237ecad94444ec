using System.Text;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>A file that appears under its name only when it is whole: written to a temporary file beside it, then renamed.</summary>
internal sealed class TargetFile
{
    private readonly string _path;
    private readonly string _temporary;

    private TargetFile(string path, string temporary, int descriptor)
    {
        _path = path;
        _temporary = temporary;
        FileDescriptor = descriptor;
    }

    /// <summary>Where to write.</summary>
    public int FileDescriptor { get; }

    /// <summary>Creates the temporary file.</summary>
    /// <param name="path">The name that the whole file gets.</param>
    /// <param name="error">0 or −errno.</param>
    /// <returns>Null when it cannot be created.</returns>
    public static TargetFile? Create(string path, out int error)
    {
        // A name that no folder shares, should the target be in one.
        int slash = path.LastIndexOf('/') + 1;
        string temporary = path[..slash] + Encoding.ASCII.GetString(FileName.TemporaryPrefix) + RandomBytes.NextText();
        int descriptor = Files.Open(temporary, Files.WriteOnly | Files.Create | Files.Exclusive);
        error = descriptor < 0 ? descriptor : 0;
        return descriptor < 0 ? null : new TargetFile(path, temporary, descriptor);
    }

    /// <summary>The file is whole: flushes it to the disk and gives it its name; on failure it is removed.</summary>
    /// <returns>0 or −errno.</returns>
    public int Commit()
    {
        int result = DurableFiles.Synchronize(FileDescriptor);
        Descriptor.Close(FileDescriptor);
        result = result < 0 ? result : Files.Rename(_temporary, _path);
        if (result < 0)
        {
            _ = Files.Remove(_temporary);
        }

        return result;
    }

    /// <summary>Removes what was written.</summary>
    public void Discard()
    {
        Descriptor.Close(FileDescriptor);
        _ = Files.Remove(_temporary);
    }
}
