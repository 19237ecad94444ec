using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>What keeps a file of a data directory from being used. Any thread.</summary>
internal static class DataFile
{
    /// <summary>What is wrong with it and what to do, for people.</summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="result">−errno.</param>
    public static string Explain(string path, int result) => path + ": " + Errno.Describe(result) + -result switch
    {
        Errno.IsDirectory or Errno.NotSeekable => ". Move it away, or restore the file from a backup",
        Errno.TooManyLinks => ". The node writes to no symbolic link: put the file itself there",
        Errno.AccessDenied => Target(path) is { } target
            ? ". It leads to " + target + ", and a confined node can use nothing outside of the data directory (--sandbox): mount that one "
                + "there (mount --bind) instead of the link, or start with --sandbox off"
            : "; it must belong to the user that runs the node",
        _ => string.Empty,
    };

    // Where a link leads that is not in the data directory; null: it is there.
    private static string? Target(string path)
    {
        string folder = Paths.FolderOf(path);
        string data = folder.EndsWith("/" + DataFolder.LogName, StringComparison.Ordinal) ? Paths.FolderOf(folder) : folder;
        string target = Paths.Resolve(path);
        return Paths.IsIn(target, Paths.Resolve(data)) || target == path ? null : target;
    }
}
