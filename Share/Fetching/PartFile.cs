using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>
/// The file a download is written to, NAME.part, and the small file beside it that says which pieces are in it (<see cref="PartState"/>).
/// Locked as long as it is open, so that no two downloads write to one file. One thread.
/// </summary>
internal sealed unsafe class PartFile
{
    private const int LongestName = 255;
    private const int Attempts = 10;

    private readonly string _target;
    private readonly string _statePath;
    private readonly PartState _state;
    private long _size;
    private bool _isCommitted;

    private PartFile(string target, string path, int descriptor, PartState state)
    {
        _target = target;
        Path = path;
        _statePath = StatePathFor(path);
        _state = state;
        FileDescriptor = descriptor;
    }

    /// <summary>NAME.part.</summary>
    public string Path { get; }

    /// <summary>The open file.</summary>
    public int FileDescriptor { get; }

    /// <summary>Opens and locks NAME.part, opens its state, or makes them.</summary>
    /// <param name="target">The name that the whole file gets.</param>
    /// <param name="complaint">Why that was not possible.</param>
    public static PartFile? Open(string target, out string complaint)
    {
        string path = PathFor(target);
        for (int i = 0; i < Attempts; i++)
        {
            int descriptor = OwnFile.Open(path);
            if (descriptor < 0)
            {
                complaint = Complaint(target, path, descriptor);
                return null;
            }

            int result = Files.TryLock(descriptor);
            if (result < 0)
            {
                Descriptor.Close(descriptor);
                complaint = target + ": " + path + ": " + (result == -Errno.Again
                    ? "another fetch is writing this file; wait for it, or give another target with -o"
                    : Errno.Describe(result));
                return null;
            }

            // Who had the lock may have renamed or removed the file just before it let go.
            if (IsNamed(descriptor, path))
            {
                int state = OwnFile.Open(StatePathFor(path));
                complaint = state < 0 ? Complaint(target, StatePathFor(path), state) : string.Empty;
                if (state >= 0)
                {
                    return new PartFile(target, path, descriptor, new PartState(state));
                }

                Descriptor.Close(descriptor);
                return null;
            }

            Descriptor.Close(descriptor);
        }

        complaint = path + ": is created and removed by others all the time";
        return null;
    }

    /// <summary>Reads which pieces an earlier download of the same file left here: not verified yet.</summary>
    /// <param name="map">Its list is filled and checked.</param>
    /// <param name="bits">The bitmap.</param>
    /// <param name="isOther">Whether there is a state, but of other content, or damaged.</param>
    /// <returns>Whether it can be gone on with.</returns>
    public bool TryResume(PieceMap map, out byte[] bits, out bool isOther)
    {
        bits = new byte[map.Bits.Length];

        // The pieces that are there are read again. What is behind them is not, and may be anything.
        _size = map.Identity.Size;
        bool good = _state.TryRead(map, bits) && Files.SetLength(FileDescriptor, _size) >= 0;
        isOther = !good && !_state.IsEmpty;
        return good;
    }

    /// <summary>Begins anew: an empty file as long as the whole, and a state with no piece. The map's list is verified.</summary>
    /// <returns>0 or −errno.</returns>
    public int Begin(PieceMap map)
    {
        _size = map.Identity.Size;
        int result = Files.SetLength(FileDescriptor, 0);
        result = result < 0 ? result : Files.SetLength(FileDescriptor, _size);
        return result < 0 ? result : _state.Begin(map);
    }

    /// <summary>Records that pieces are in the file.</summary>
    /// <param name="map">The map.</param>
    /// <param name="index">The byte of the bitmap that has changed.</param>
    /// <returns>0 or −errno.</returns>
    public int Mark(PieceMap map, int index) => _state.Mark(map, index);

    /// <summary>Reads a piece that is in the file.</summary>
    /// <returns>Whether all of it could be read.</returns>
    public bool Read(int piece, byte* data, int length)
        => Files.ReadWhole(FileDescriptor, data, length, (long)piece * FileIdentity.PieceBytes) == 0;

    /// <summary>Writes a piece; it counts only after <see cref="Mark"/>.</summary>
    /// <returns>0 or −errno.</returns>
    public int Write(int piece, byte* data, int length)
    {
        long offset = (long)piece * FileIdentity.PieceBytes;
        int result = Files.WriteAt(FileDescriptor, data, length, offset);
        if (result >= 0)
        {
            // The disk works while the network does, so that there is little left to wait for in Commit: 1 GB took 0.4 instead of 0.6 s.
            DurableFiles.BeginWriteback(FileDescriptor, offset, length);
        }

        return result;
    }

    /// <summary>Whether the folder, or the file in it, is gone: what is written can never get its name.</summary>
    public bool IsGone => Files.Status(FileDescriptor, out FileStatus status) == 0 && status.Links == 0;

    /// <summary>The file is whole: flushes it to the disk, gives it its name, removes the state.</summary>
    /// <returns>0 or −errno; −ESTALE: another file has its name.</returns>
    public int Commit()
    {
        // Nothing behind the last piece was verified: whatever somebody has added meanwhile goes.
        int result = Files.SetLength(FileDescriptor, _size);
        result = result < 0 ? result : DurableFiles.Synchronize(FileDescriptor);
        result = result < 0 ? result : !IsNamed(FileDescriptor, Path) ? -Errno.Stale : Files.Rename(Path, _target);
        if (result >= 0)
        {
            _isCommitted = true;
            _ = Files.Remove(_statePath);
            SynchronizeFolder();

            // It is the user's file now, also while it is still served to others: some programs refuse to read a locked file.
            Files.Unlock(FileDescriptor);
        }

        return result;
    }

    /// <summary>Removes the file and its state.</summary>
    public void Discard()
    {
        _ = Files.Remove(_statePath);
        _ = Files.Remove(Path);
    }

    /// <summary>Closes once, and lets others write to it; what is there stays, if there is anything.</summary>
    public void Close()
    {
        if (!_isCommitted && _state.IsEmpty && Files.Status(FileDescriptor, out FileStatus status) == 0 && status.Size == 0)
        {
            Discard();
        }

        _state.Close();
        Descriptor.Close(FileDescriptor);
    }

    private static string StatePathFor(string path) => path + ".state";

    private static bool IsNamed(int descriptor, string path)
        => Files.Status(descriptor, out FileStatus opened) == 0 && Files.StatusOf(path, out FileStatus named, follow: false) == 0
            && opened.Inode == named.Inode && opened.Device == named.Device;

    private static string Complaint(string target, string path, int failure) => target + ": cannot write " + path + ": " + failure switch
    {
        -Errno.TooManyLinks => "it is a symbolic link; remove it",
        -Errno.NotPermitted => "it is no regular file, another user's, or has a second name; remove it",
        _ => Errno.Describe(failure),
    };

    // The renamed entry itself: a crash right afterwards must not bring the old one back.
    private void SynchronizeFolder()
    {
        int slash = _target.LastIndexOf('/');
        int folder = Files.OpenFolder(slash < 0 ? "." : _target[..(slash + 1)]);
        if (folder >= 0)
        {
            _ = DurableFiles.Synchronize(folder);
            Descriptor.Close(folder);
        }
    }

    // A name that has no room for the suffixes gets a short one that is made from it.
    private static string PathFor(string target)
    {
        int slash = target.LastIndexOf('/') + 1;
        byte[] name = ByteText.Encode(target[slash..]);
        if (name.Length + FileName.StateSuffix.Length <= LongestName)
        {
            return target + ".part";
        }

        Span<byte> hash = stackalloc byte[FileIdentity.HashBytes];
        Sha256.Hash(name, hash);
        return target[..slash] + ".tmp-epollsrv-" + Convert.ToHexStringLower(hash[..16]) + ".part";
    }
}
