using System.Collections.Generic;
using System.IO;

using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>Notes the changes, by the files' names, and has one of them fail. Does not wait for the disk.</summary>
internal sealed unsafe class NotingDisk : Disk
{
    private readonly Dictionary<int, string> _open = [];

    /// <summary>What was asked for, in order: "write temp", "rename temp manifest".</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The call that fails, as it is noted.</summary>
    public string? Failing { get; set; }

    public override int OpenForWriting(string path, bool truncate)
    {
        int result = Note("open", path);
        result = result < 0 ? result : base.OpenForWriting(path, truncate);
        _open[result] = path;
        return result;
    }

    public override nint Write(int descriptor, IoVector* vectors, int count)
    {
        int result = Note("write", _open[descriptor]);
        return result < 0 ? result : base.Write(descriptor, vectors, count);
    }

    public override int Synchronize(int descriptor) => Note("sync", _open[descriptor]);

    public override int SetLength(int descriptor, long length)
    {
        int result = Note("cut", _open[descriptor]);
        return result < 0 ? result : base.SetLength(descriptor, length);
    }

    public override int Rename(string from, string to)
    {
        int result = Note("rename", from, to);
        return result < 0 ? result : base.Rename(from, to);
    }

    public override int Remove(string path)
    {
        int result = Note("remove", path);
        return result < 0 ? result : base.Remove(path);
    }

    public override int MakeFolder(string path)
    {
        int result = Note("make", path);
        return result < 0 ? result : base.MakeFolder(path);
    }

    public override int SynchronizeFolder(string path) => Note("sync", path);

    private int Note(string what, params string[] paths)
    {
        string note = what;
        foreach (string path in paths)
        {
            note += " " + Path.GetFileName(path);
        }

        Notes.Add(note);
        return note == Failing ? -Errno.InputOutput : 0;
    }
}
