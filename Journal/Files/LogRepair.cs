using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>Cuts off what a crash has left at the end of the log, and keeps it in a file beside it.</summary>
internal static unsafe class LogRepair
{
    /// <summary>Most bytes that are cut off unless somebody says otherwise.</summary>
    public const long DefaultLimit = 64L << 20;

    private const int Part = 1 << 20;
    private const int MostCopies = 1000;

    /// <summary>Makes the file end at the damaged place, when that may be done.</summary>
    /// <param name="disk">What changes files.</param>
    /// <param name="damage">From the reader of the file; nobody writes to it.</param>
    /// <param name="isLast">Whether it is the last file of the log. No other one is cut: later records would follow a gap.</param>
    /// <param name="limit">Most bytes to cut off.</param>
    /// <param name="text">One line for people: what was done, or why not and what to do.</param>
    /// <returns>Whether the file is whole now.</returns>
    public static bool TryCut(Disk disk, LogDamage damage, bool isLast, long limit, out string text)
    {
        text = damage.Text + ". " + (
            damage.Kind == DamageKind.NotRead ? "See to it that it can be read"
            : damage.Kind == DamageKind.Newer ? "Use a newer epollsrv"
            : !isLast ? "Only the end of the last file can be cut off; restore the data from a replica or a backup"
            : damage.Kind == DamageKind.Middle ? "Cutting would lose them; restore the data from a replica or a backup, or cut the file"
                + " there yourself (truncate -s " + Numbers.ToText(damage.Offset) + ")"
            : limit == 0 ? "Nothing may be cut off, because --data-repair is 0 (aof-load-truncated no): change that, or use"
                + " epollsrv check --repair"
            : "These are more bytes than may be cut off (--data-repair " + Numbers.ToText(limit) + "): raise that, or use"
                + " epollsrv check --repair --data-repair SIZE");
        if (!damage.IsTail || !isLast || damage.Length > limit)
        {
            return false;
        }

        string copy = FreeName(damage.Path + ".cut-" + Numbers.ToText(damage.Offset));
        int result = Cut(disk, damage, copy);
        text = damage.Text + ". " + (result < 0
            ? "They cannot be copied to " + copy + " and cut off: "
                + (result == -Errno.Stale ? "the file has changed meanwhile, something writes to it" : Errno.Describe(result))
            : "They were cut off and are kept in " + copy);
        return result >= 0;
    }

    private static int Cut(Disk disk, LogDamage damage, string copy)
    {
        int file = disk.OpenForWriting(damage.Path, truncate: false);
        if (file < 0)
        {
            return file;
        }

        // Longer than it was: somebody writes to it.
        int result = Files.Status(file, out FileStatus status);
        result = result == 0 && status.Size != damage.Offset + damage.Length ? -Errno.Stale : result;
        result = result == 0 ? Keep(disk, file, damage, copy) : result;
        result = result == 0 ? disk.SetLength(file, damage.Offset) : result;
        result = result == 0 ? disk.Synchronize(file) : result;
        disk.Close(file);
        return result;
    }

    // The copy is on the disk before anything is cut off.
    private static int Keep(Disk disk, int file, LogDamage damage, string path)
    {
        int copy = disk.OpenForWriting(path, truncate: true);
        if (copy < 0)
        {
            return copy;
        }

        int result = Copy(disk, file, damage.Offset, damage.Length, copy);
        result = result < 0 ? result : disk.Synchronize(copy);
        disk.Close(copy);
        return result < 0 ? result : disk.SynchronizeFolder(Paths.FolderOf(path));
    }

    private static int Copy(Disk disk, int from, long offset, long length, int to)
    {
        byte* buffer = (byte*)NativeMemory.Alloc(Part);
        int result = 0;
        for (long end = offset + length; offset < end && result == 0;)
        {
            nint part = (nint)Math.Min(Part, end - offset);
            result = Files.ReadWhole(from, buffer, part, offset);
            result = result < 0 ? result : Write(disk, to, buffer, part);
            offset += part;
        }

        NativeMemory.Free(buffer);
        return result;
    }

    /// <summary>Writes all of the bytes.</summary>
    /// <returns>0 or −errno.</returns>
    internal static int Write(Disk disk, int descriptor, byte* bytes, nint length)
    {
        while (length > 0)
        {
            IoVector vector = new() { Base = bytes, Length = (nuint)length };
            nint written = disk.Write(descriptor, &vector, 1);
            if (written <= 0)
            {
                return written < 0 ? (int)written : -Errno.NoSpace;
            }

            bytes += written;
            length -= written;
        }

        return 0;
    }

    // What an earlier repair has kept stays.
    private static string FreeName(string path)
    {
        string name = path;
        for (int i = 2; i < MostCopies && Files.StatusOf(name, out _, follow: false) == 0; i++)
        {
            name = path + "-" + Numbers.ToText(i);
        }

        return name;
    }
}
