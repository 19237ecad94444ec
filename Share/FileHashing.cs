using System;
using System.Runtime.InteropServices;

using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Share;

/// <summary>One file on its way through SHA-256: its pieces, the list of them, and the whole, in slices. One thread at a time.</summary>
internal sealed unsafe class FileHashing
{
    // A read; both chains of hashes go over it while it is in the cache.
    private const int ReadBytes = 128 * 1024;

    private byte* _buffer;
    private byte* _list;
    private int _descriptor = -1;
    private FileStatus _status;
    private long _offset;
    private Sha256Stream _whole;
    private Sha256Stream _piece;
    private Sha256Stream _pieces;

    /// <summary>Whether a file is being hashed.</summary>
    public bool IsBusy => _descriptor >= 0;

    /// <summary>The file's status when it was begun.</summary>
    public ref readonly FileStatus Status => ref _status;

    /// <summary>The identity; after <see cref="Step"/> has answered 1.</summary>
    public SharedIdentity Identity;

    /// <summary>Begins a file.</summary>
    /// <param name="descriptor">Closed at the end.</param>
    /// <param name="status">Its status.</param>
    public void Begin(int descriptor, in FileStatus status)
    {
        if (_buffer == null)
        {
            _buffer = (byte*)NativeMemory.Alloc(ReadBytes);
        }

        _descriptor = descriptor;
        _status = status;
        _offset = 0;
        _whole.Begin();
        _piece.Begin();
        _pieces.Begin();
        long bytes = PieceHasher.PiecesOf(status.Size) * Sha256.HashBytes;
        _list = bytes <= HashCache.MostListBytes ? (byte*)NativeMemory.Alloc((nuint)Math.Max(1, bytes)) : null;
    }

    /// <summary>Hashes one read's worth.</summary>
    /// <param name="done">Bytes it was.</param>
    /// <returns>0: there is more; 1: done; −errno: the file cannot be read, or has changed (−EAGAIN).</returns>
    public int Step(out int done)
    {
        done = 0;
        int length = (int)Math.Min(_status.Size - _offset, ReadBytes);
        if (length > 0)
        {
            int result = Files.ReadWhole(_descriptor, _buffer, length, _offset);
            if (result < 0)
            {
                return result;
            }

            done = length;
            ReadOnlySpan<byte> data = new(_buffer, length);
            Sha256Stream.AppendBoth(ref _whole, ref _piece, data);
            _offset += length;
        }

        if (_piece.Length == PieceHasher.PieceBytes || (_piece.Length > 0 && _offset == _status.Size))
        {
            EndPiece();
        }

        if (_offset < _status.Size)
        {
            return 0;
        }

        // What changed while it was read has another status now.
        int changed = Files.Status(_descriptor, out FileStatus after);
        if (changed < 0 || !after.IsSame(_status))
        {
            return changed < 0 ? changed : -Errno.Again;
        }

        fixed (SharedIdentity* identity = &Identity)
        {
            _pieces.Finish(new Span<byte>(identity->Pieces, SharedIdentity.HashBytes));
            _whole.Finish(new Span<byte>(identity->Whole, SharedIdentity.HashBytes));
            identity->HasWhole = true;
        }

        return 1;
    }

    /// <summary>Ends a file.</summary>
    /// <returns>The list of its pieces, for the caller to free; null: it is longer than <see cref="HashCache.MostListBytes"/>.</returns>
    public byte* End()
    {
        Descriptor.Close(_descriptor);
        _descriptor = -1;
        byte* list = _list;
        _list = null;
        return list;
    }

    private void EndPiece()
    {
        Span<byte> hash = stackalloc byte[Sha256.HashBytes];
        _piece.Finish(hash);
        _pieces.Append(hash);
        _piece.Begin();
        if (_list != null)
        {
            hash.CopyTo(new Span<byte>(_list + (_pieces.Length - Sha256.HashBytes), Sha256.HashBytes));
        }
    }
}
