using System;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// The folder whose regular files a node shares. Opened once: names are resolved beneath that descriptor,
/// so renaming the folder or a folder above it changes nothing. Any thread, except <see cref="Close"/>.
/// </summary>
internal sealed unsafe class SharedFolder
{
    // Enough for about 100 entries a call; on the stack of a thread that may have only 256 KB.
    private const int ListBuffer = 8192;
    private const int Attempts = 8;

    private SharedFolder(string path, int descriptor)
    {
        Path = path;
        Descriptor = descriptor;
    }

    /// <summary>The path as the user gave it, for messages.</summary>
    public string Path { get; }

    /// <summary>Most files that are registered with the ring, and listed. Set before it is used.</summary>
    public int MostFiles { get; set; } = 1_000_000;

    /// <summary>The folder's descriptor.</summary>
    public int Descriptor { get; }

    /// <summary>Opens the folder.</summary>
    /// <param name="path">Relative to the current folder or absolute.</param>
    /// <param name="error">0, or −errno: −ENOENT, −ENOTDIR, −EACCES and the rest.</param>
    /// <returns>The folder, or null.</returns>
    public static SharedFolder? TryOpen(string path, out int error)
    {
        int descriptor = path.Length == 0 ? -Errno.NoEntry : Files.OpenFolder(path);
        error = Math.Min(descriptor, 0);
        return descriptor < 0 ? null : new SharedFolder(path, descriptor);
    }

    /// <summary>Opens a file by the name a peer gave, for reading. Never waits: a FIFO or device is not even opened.</summary>
    /// <param name="name">Not to be trusted.</param>
    /// <param name="status">The status of what was opened.</param>
    /// <returns>
    /// A descriptor that the caller closes, or −errno: those of <see cref="FileName.Check"/>;
    /// −EISDIR for a folder; −EPERM for a FIFO, device or socket; −EXDEV for a link that leaves
    /// the folder (−ELOOP for any link where the kernel lacks openat2); and what opening gives.
    /// </returns>
    public int Open(ReadOnlySpan<byte> name, out FileStatus status)
    {
        status = default;
        int result = FileName.Check(name);
        if (result < 0)
        {
            return result;
        }

        byte* terminated = stackalloc byte[FileName.Maximum + 1];
        name.CopyTo(new Span<byte>(terminated, FileName.Maximum));
        terminated[name.Length] = 0;

        // Looked at before it is opened: opening a FIFO lets its writer go on, and opening a device may do something.
        result = Files.StatusAt(Descriptor, terminated, out FileStatus entry);
        if (result < 0 || !(entry.IsRegular || entry.IsLink))
        {
            return result < 0 ? result : Refusal(entry);
        }

        // A rename during the resolution of a link with ".." gives EAGAIN (openat2(2)).
        int file = -Errno.Again;
        for (int i = 0; file == -Errno.Again && i < Attempts; i++)
        {
            file = Files.OpenBeneath(Descriptor, terminated);
        }

        if (file < 0)
        {
            return file;
        }

        // And after: a link may lead to anything, and the name may have changed hands in between.
        result = Files.Status(file, out status);
        if (result < 0 || !status.IsRegular)
        {
            Native.Descriptor.Close(file);
            return result < 0 ? result : Refusal(status);
        }

        return file;
    }

    /// <summary>
    /// Whether a name that has just appeared is complete although nobody will write and close it: a link, or a further hard link to a file.
    /// </summary>
    public bool IsLinkOrLinked(ReadOnlySpan<byte> name)
    {
        if (FileName.Check(name) < 0)
        {
            return false;
        }

        byte* terminated = stackalloc byte[FileName.Maximum + 1];
        name.CopyTo(new Span<byte>(terminated, FileName.Maximum));
        terminated[name.Length] = 0;
        return Files.StatusAt(Descriptor, terminated, out FileStatus status) == 0
            && (status.IsLink || (status.IsRegular && status.Links > 1));
    }

    /// <summary>Lists what can be fetched: the regular files that can be opened, and links to such that stay inside.</summary>
    /// <param name="names">Receives the names.</param>
    /// <param name="skipped">Receives the names of files and links that cannot be shared: unreadable, leading out, or
    /// not to be carried by the protocol. Null: neither these are wanted, nor whether the others can be opened.</param>
    /// <returns>0, or −errno when the folder could not be read to its end: <paramref name="names"/> then holds only a part.</returns>
    public int List(NameSet names, NameSet? skipped)
    {
        int folder = OpenItself();
        if (folder < 0)
        {
            return folder;
        }

        byte* buffer = stackalloc byte[ListBuffer];
        nint length;
        while ((length = Files.ReadDirectory(folder, buffer, ListBuffer)) > 0)
        {
            DirectoryEntries entries = new(buffer, length);
            while (entries.MoveNext())
            {
                Sort(entries.NameBytes, entries.Kind, names, skipped);
            }
        }

        Native.Descriptor.Close(folder);
        return (int)length;
    }

    /// <summary>Shows every file that can be fetched, at most <see cref="MostFiles"/>, to a
    /// visitor in the order of their names: its state, the name, its length, its status.</summary>
    /// <returns>0, or −errno when the folder could not be read to its end.</returns>
    public int Visit(object state, delegate*<object, byte*, int, FileStatus*, void> visit)
    {
        using NameSet names = new(MostFiles);
        int result = List(names, null);
        names.Sort();
        for (int place = 0; place < names.Count; place++)
        {
            _ = names.TryAt(place, out ReadOnlySpan<byte> name);
            int file = Open(name, out FileStatus status);
            if (file >= 0)
            {
                Native.Descriptor.Close(file);
                fixed (byte* start = name)
                {
                    visit(state, start, name.Length, &status);
                }
            }
        }

        return result;
    }

    /// <summary>Closes the folder's descriptor; nothing else may be called afterwards or at the same time.</summary>
    public void Close() => Native.Descriptor.Close(Descriptor);

    /// <summary>For one listing: the position in a folder belongs to the
    /// descriptor, so each has its own, which the caller closes.</summary>
    internal int OpenItself()
    {
        fixed (byte* itself = ".\0"u8)
        {
            return Files.OpenBeneath(Descriptor, itself);
        }
    }

    private static int Refusal(in FileStatus status) => status.IsDirectory ? -Errno.IsDirectory : -Errno.NotPermitted;

    private void Sort(ReadOnlySpan<byte> name, byte kind, NameSet names, NameSet? skipped)
    {
        if (kind is not (DirectoryEntries.RegularFile or DirectoryEntries.Link or DirectoryEntries.Unknown))
        {
            return;
        }

        if (skipped is null)
        {
            _ = FileName.Check(name) == 0 && names.Add(name);
            return;
        }

        int file = Open(name, out _);
        if (file >= 0)
        {
            Native.Descriptor.Close(file);
            _ = names.Add(name);
        }
        else if (file is not (-Errno.NoEntry or -Errno.IsDirectory or -Errno.NotPermitted))
        {
            // Not: removed in between, temporary, or a folder behind a link.
            _ = skipped.Add(name);
        }
    }
}
