using System;
using System.Globalization;
using System.Runtime.CompilerServices;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>Tells what changes in a folder (inotify(7)). The owner waits for
/// <see cref="Descriptor"/> to be readable, then reads until there is no more. One thread.</summary>
/// <remarks>Files of network file systems that other machines change are not seen: list those folders now and then.</remarks>
internal sealed unsafe class FolderWatcher
{
    // struct inotify_event: watch, mask, cookie, length, then the name, padded with zeros.
    private const int MaskOffset = 4;
    private const int LengthOffset = 12;
    private const int HeaderSize = 16;
    private const uint Folder = 0x4000_0000;

    private readonly byte[] _buffer = new byte[4096];
    private int _position;
    private int _filled;

    private FolderWatcher(int descriptor) => Descriptor = descriptor;

    /// <summary>Readable when there are changes.</summary>
    public int Descriptor { get; }

    /// <summary>Watches an open folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="error">0, or −errno: −EMFILE past fs.inotify.max_user_instances, −ENOSPC past max_user_watches.</param>
    /// <returns>The watcher, or null.</returns>
    public static FolderWatcher? TryCreate(SharedFolder folder, out int error)
    {
        // By descriptor, so that it is the very folder that was opened; by path where /proc is not mounted.
        int descriptor = FolderWatch.Create("/proc/self/fd/" + folder.Descriptor.ToString(CultureInfo.InvariantCulture));
        if (descriptor == -Errno.NoEntry)
        {
            descriptor = FolderWatch.Create(folder.Path);
        }

        error = Math.Min(descriptor, 0);
        return descriptor < 0 ? null : new FolderWatcher(descriptor);
    }

    /// <summary>Reads one change; never waits.</summary>
    /// <param name="change">What happened.</param>
    /// <param name="name">Which file; empty for <see cref="FolderChange.Overflow"/>
    /// and <see cref="FolderChange.Gone"/>. Valid until the next call.</param>
    /// <returns>False when there is none now.</returns>
    public bool TryRead(out FolderChange change, out ReadOnlySpan<byte> name)
    {
        change = default;
        name = default;
        while (true)
        {
            if (_position >= _filled && !Fill())
            {
                return false;
            }

            uint mask = Unsafe.ReadUnaligned<uint>(ref _buffer[_position + MaskOffset]);
            int length = Unsafe.ReadUnaligned<int>(ref _buffer[_position + LengthOffset]);
            ReadOnlySpan<byte> padded = _buffer.AsSpan(_position + HeaderSize, length);
            _position += HeaderSize + length;
            if (TryTranslate(mask, out change))
            {
                int end = padded.IndexOf((byte)0);
                name = end < 0 ? padded : padded[..end];
                return true;
            }
        }
    }

    /// <summary>Ends the watch.</summary>
    public void Close() => Native.Descriptor.Close(Descriptor);

    private static bool TryTranslate(uint mask, out FolderChange change)
    {
        if ((mask & FolderWatch.Overflow) != 0)
        {
            change = FolderChange.Overflow;
            return true;
        }

        if ((mask & FolderWatch.Gone) != 0)
        {
            change = FolderChange.Gone;
            return true;
        }

        change = (mask & FolderWatch.Removed) != 0 ? FolderChange.Removed
            : (mask & FolderWatch.Added) != 0 ? FolderChange.Added
            : (mask & FolderWatch.Attributes) != 0 ? FolderChange.Attributes
            : FolderChange.Created;
        return (mask & Folder) == 0;
    }

    private bool Fill()
    {
        nint count;
        fixed (byte* start = _buffer)
        {
            count = Native.Descriptor.Read(Descriptor, start, _buffer.Length);
        }

        _position = 0;
        _filled = (int)Math.Max(count, 0);
        return count > 0;
    }
}
