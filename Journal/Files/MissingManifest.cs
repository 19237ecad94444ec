using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>The files of a log that no manifest names: somebody's data under another name must not look as if there were none.</summary>
internal static unsafe class MissingManifest
{
    /// <summary>Looks for what is there without a manifest.</summary>
    /// <param name="logPath">The directory of the log.</param>
    /// <param name="hasDump">Whether there is a dump.rdb.</param>
    /// <returns>What is wrong and what to do, for people; empty: there is nothing.</returns>
    public static string Describe(string logPath, bool hasDump)
    {
        int folder = Files.OpenFolder(logPath);
        if (folder < 0)
        {
            return folder == -Errno.NoEntry ? string.Empty : DataFile.Explain(logPath, folder);
        }

        const int Room = 32 * 1024;
        byte[] buffer = new byte[Room];
        string other = string.Empty;
        string log = string.Empty;
        bool hasIncrement = false;
        fixed (byte* start = buffer)
        {
            nint length;
            while ((length = Files.ReadDirectory(folder, start, Room)) > 0)
            {
                DirectoryEntries entries = new(start, length);
                while (entries.MoveNext())
                {
                    ReadOnlySpan<byte> name = entries.NameBytes;
                    bool isOther = name.EndsWith(".manifest"u8) && !name.StartsWith("temp-"u8);
                    other = isOther ? ByteText.Decode(name) : other;
                    bool isLog = name.EndsWith(".incr.aof"u8) || name.EndsWith(".base.rdb"u8) || name.EndsWith(".base.aof"u8);
                    log = isLog && !IsEmpty(logPath + "/" + ByteText.Decode(name)) ? ByteText.Decode(name) : log;
                    hasIncrement |= name.EndsWith(".incr.aof"u8);
                }
            }
        }

        Descriptor.Close(folder);

        // A log begins with what dump.rdb holds; the start was interrupted before the manifest named the base, and is repeated.
        log = !hasIncrement && log == new Manifest(null, [], []).NextBase().Name && hasDump ? string.Empty : log;
        return other.Length == 0 && log.Length != 0
            ? logPath + " has no " + Manifest.FileName + ", but " + log + ": restore the manifest, or move the files away to begin anew"
            : other.Length == 0 ? string.Empty
            : logPath + " has no " + Manifest.FileName + ", but " + other + ": of a Redis with another appendfilename. Rename it to "
                + Manifest.FileName + ", the files that it names may keep their names";
    }

    private static bool IsEmpty(string path) => Files.StatusOf(path, out FileStatus status) == 0 && status.Size == 0;
}
