using System;

using Epollsrv.Journal;
using Epollsrv.Journal.Loading;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv check DIR</c>: what a data directory holds and whether it is whole; cuts a damaged end off.</summary>
internal static class CheckCommand
{
    /// <summary>Runs the command: 0 all is whole (now), 1 damage, 64 wrong usage, 78 not a data directory.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "check", "Says what a data directory, or a single file of its log, holds and whether it is whole. May be used while a node runs.",
            "DIR|FILE")
            .Flag("repair", "Cuts off what a crash has left at the end of the last file, and keeps it in a file beside it. No node may run.")
            .Size("data-repair", ValueText.FormatSize(LogRepair.DefaultLimit), 0, long.MaxValue >> 1, "At most so much is cut off.");
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        string path = options.Positional[0];
        long limit = options.GetFlag("repair") ? options.GetSize("data-repair") : -1;
        int result = Files.StatusOf(path, out FileStatus status);
        return result < 0 ? Refused(path + ": " + Errno.Describe(result))
            : status.IsDirectory ? CheckFolder(path, limit) : CheckSingle(options, path, limit);
    }

    private static int CheckFolder(string path, long limit)
    {
        DataFolder folder = DataFolder.OpenToRead(path);
        if (Files.StatusOf(path + "/" + Manifest.FileName, out _) == 0)
        {
            return Refused(path + ": these are the files of a log; give the directory that this one is in");
        }

        bool hasDump = Files.StatusOf(folder.DumpPath, out _) == 0;
        bool isDumpWhole = true;
        Manifest? manifest = folder.Load(out string error);
        if (manifest is null && error.Length == 0 && !hasDump)
        {
            return Refused(path + ": no data directory: has neither appendonlydir/" + Manifest.FileName + " nor dump.rdb");
        }

        if (hasDump)
        {
            isDumpWhole = CheckSnapshot("dump", "dump.rdb", folder.DumpPath, out _, out _);
        }

        if (manifest is null)
        {
            return error.Length != 0 ? Damaged(error) : isDumpWhole ? Good() : ExitCode.Failed;
        }

        using DataFolder? locked = limit < 0 ? null : DataFolder.Open(new Disk(), path, out error);
        if (limit >= 0 && locked is null)
        {
            return Damaged(error);
        }

        return CheckLog(folder, manifest, limit) && isDumpWhole ? Good() : ExitCode.Failed;
    }

    private static bool CheckLog(DataFolder folder, Manifest manifest, long limit)
    {
        bool isWhole = true;
        long position = manifest.Base is null ? 0 : -1;
        if (manifest.Base is { } start)
        {
            isWhole = Check(folder, manifest, start, limit, ref position);
        }

        foreach (ManifestEntry entry in manifest.Increments)
        {
            isWhole &= Check(folder, manifest, entry, limit, ref position);
        }

        foreach (ManifestEntry entry in manifest.History)
        {
            Line("history", entry.Name, "no longer needed");
        }

        if (position >= 0)
        {
            StandardOutput.Write("The log ends at position " + ValueText.FormatInteger(position) + ".\n");
        }

        if (!isWhole && limit < 0 && folder.IsInUse())
        {
            RingOptions.Warn(folder.Path + ": a node is running on it. What it is writing just now may look cut short, and files that it has "
                + "replaced may be missing: check again");
        }

        return isWhole;
    }

    private static bool Check(DataFolder folder, Manifest manifest, ManifestEntry entry, long limit, ref long position)
    {
        string path = folder.PathOf(entry);
        bool isBase = entry.Kind == ManifestKind.Base;
        long offset = 0;
        if (isBase && SnapshotLoader.Begins(path))
        {
            bool isWhole = CheckSnapshot("base", entry.Name, path, out offset, out position);
            if (!isWhole || Files.StatusOf(path, out FileStatus status) < 0 || status.Size == offset)
            {
                return isWhole;
            }
        }

        return Check(isBase ? "base" : "increment", entry.Name, path, offset, entry == folder.EndOf(manifest), limit, ref position);
    }

    private static bool CheckSnapshot(string kind, string name, string path, out long length, out long position)
    {
        RdbCheck check = RdbCheck.Run(path);
        Line(kind, name, check.ToString());
        length = check.Length;
        position = check.Position;
        if (check.Problem is not null)
        {
            _ = Damaged(check.Problem);
        }

        return check.Problem is null;
    }

    private static bool Check(string kind, string name, string path, long offset, bool isLast, long limit, ref long position)
    {
        LogCheck? check = LogCheck.Run(path, offset, position, out int error);
        if (check is null)
        {
            Line(kind, name, error == -Errno.NoEntry ? "is missing" : "cannot be opened");
            _ = Damaged(path + ": " + Errno.Describe(error) + ". Restore the directory from a backup");
            return false;
        }

        position = check.Position;
        Line(kind, name, check.ToString());
        if (check.Damage is null)
        {
            return true;
        }

        if (limit < 0)
        {
            bool canBeCut = check.Damage.IsTail && isLast;
            _ = Damaged(check.Damage.Text + (canBeCut ? ". To cut them off: epollsrv check --repair" : string.Empty));
            return false;
        }

        bool isCut = LogRepair.TryCut(new Disk(), check.Damage, isLast, limit, out string text);
        _ = Damaged(text);
        return isCut;
    }

    private static int CheckSingle(OptionSet options, string path, long limit)
    {
        if (SnapshotLoader.Begins(path))
        {
            return CheckSnapshot("file", path, path, out _, out _) ? Good() : ExitCode.Failed;
        }

        if (path.EndsWith(".manifest", StringComparison.Ordinal))
        {
            return Refused(path + ": this is a manifest; give the data directory");
        }

        if (limit >= 0 && Files.StatusOf(Paths.FolderOf(path) + "/" + Manifest.FileName, out _) == 0)
        {
            // The folder's lock is what keeps a node away.
            return options.Refuse("--repair: \"" + OptionSet.Readable(path) + "\" belongs to a data directory; give that one");
        }

        long position = -1;
        return Check("file", path, path, 0, isLast: true, limit, ref position) ? Good() : ExitCode.Failed;
    }

    private static void Line(string kind, string name, string text) =>
        StandardOutput.Write(kind.PadRight(10) + " " + OptionSet.Readable(name) + ": " + text + "\n");

    private static int Good()
    {
        StandardOutput.Write("All is whole.\n");
        return ExitCode.Success;
    }

    private static int Damaged(string text)
    {
        RingOptions.Warn(text);
        return ExitCode.Failed;
    }

    private static int Refused(string text)
    {
        RingOptions.Warn(text);
        return ExitCode.Configuration;
    }
}
