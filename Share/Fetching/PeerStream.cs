using System;

using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// The bytes that a peer sends by HTTP: heads are held until they are whole,
/// bodies go where they are expected. Belongs to the download's thread.
/// </summary>
internal sealed unsafe class PeerStream
{
    private const int InputBytes = 8192;
    private const int MostInterim = 16;

    // The list of the pieces an unfinished holder has grows with the file: enough for 200 GB.
    private const int LongestHead = 64 * 1024;

    private readonly PieceBuffers _buffers;
    private readonly byte[] _scratch;
    private byte[] _input = GC.AllocateUninitializedArray<byte>(InputBytes, pinned: true);
    private int _start;
    private int _used;

    // Of the body: what is still to come, what has come, where to, and the buffer that this is.
    private long _left;
    private long _done;
    private byte* _target;
    private int _buffer = -1;
    private bool _needsBuffer;
    private ChunkReader _chunks;

    // Interim answers (1xx) before the next.
    private int _interim;

    /// <summary>Prepares a stream.</summary>
    /// <param name="buffers">Where pieces go.</param>
    /// <param name="scratch">Where bytes go that nobody wants; pinned.</param>
    public PeerStream(PieceBuffers buffers, byte[] scratch)
    {
        _buffers = buffers;
        _scratch = scratch;
    }

    /// <summary>What has come and was not understood yet.</summary>
    public ReadOnlySpan<byte> Held => _input.AsSpan(_start, _used - _start);

    /// <summary>Whether the body has ended, or none was begun.</summary>
    public bool IsComplete => _left == 0 && !_chunks.IsOn;

    /// <summary>Whether nothing can be received: a piece comes and no buffer is free.</summary>
    public bool IsStuck => _needsBuffer && _buffers.Free == 0;

    // Bytes of the body that come next without anything between them.
    private long DataLeft => _chunks.IsOn ? _chunks.Left : _left;

    /// <summary>The body that follows comes in chunks.</summary>
    public void ExpectChunks() => _chunks.IsOn = true;

    /// <summary>What follows is a body.</summary>
    /// <param name="length">Bytes; of one in chunks the most.</param>
    /// <param name="target">Where to; null: nowhere, or into a buffer.</param>
    /// <param name="needsBuffer">Into a buffer, which is taken before the first byte is read.</param>
    public void Expect(long length, byte* target, bool needsBuffer)
    {
        _left = length;
        _done = 0;
        _target = target;
        _needsBuffer = needsBuffer;
    }

    /// <summary>Bytes of <see cref="Held"/> are understood.</summary>
    public void Skip(int count) => _start += count;

    /// <summary>Receives once.</summary>
    /// <param name="link">From where.</param>
    /// <param name="allowance">Most bytes of a body.</param>
    /// <param name="mayHaveMore">Whether it filled what there was room for.</param>
    /// <returns>Bytes; 0: nothing came, or nothing may be taken; else a failure.</returns>
    public nint Receive(PeerLink link, long allowance, out bool mayHaveMore)
    {
        nint room;
        nint count;
        mayHaveMore = false;
        if (DataLeft > 0 && Held.IsEmpty)
        {
            if (!TakeBuffer() || allowance <= 0)
            {
                return 0;
            }

            room = (nint)Math.Min(Math.Min(DataLeft, allowance), _target is null ? _scratch.Length : long.MaxValue);
            fixed (byte* scratch = _scratch)
            {
                count = link.Receive(_target is null ? scratch : _target + _done, room);
            }

            Advance(Math.Max(0, count));
        }
        else
        {
            if (!MakeRoom())
            {
                return PeerFailure.BadResponse;
            }

            room = _input.Length - _used;
            count = link.Receive(_input, _used, _input.Length);
            _used += (int)Math.Max(0, count);
        }

        mayHaveMore = count == room;
        return count;
    }

    /// <summary>Reads the head of an answer. "Continue", "Early Hints": a few may come before it and are passed over.</summary>
    /// <returns>Its bytes, which stay held; 0: more has to come; −1: malformed.</returns>
    public int ReadHead(out HttpResponse response)
    {
        int length;
        while ((length = HttpResponse.Read(Held, out response)) > 0 && response.Status < 200)
        {
            Skip(length);
            if (++_interim > MostInterim)
            {
                return -1;
            }
        }

        _interim = length > 0 ? 0 : _interim;
        return length;
    }

    /// <summary>Moves what is held of the body on.</summary>
    /// <returns>1: something was moved, or <see cref="IsComplete"/>; 0: more has to come; −1: malformed.</returns>
    public int ReadBody()
    {
        if (_chunks.IsOn && _chunks.Left == 0)
        {
            return ReadChunkLines();
        }

        if (_left == 0)
        {
            return 1;
        }

        int count = (int)Math.Min(DataLeft, Held.Length);
        if (count == 0 || !TakeBuffer())
        {
            return 0;
        }

        if (_target is not null)
        {
            Held[..count].CopyTo(new Span<byte>(_target + _done, count));
        }

        _start += count;
        Advance(count);
        return 1;
    }

    /// <summary>Gives the buffer that a piece has come in to the caller; −1: it was thrown away.</summary>
    public int TakePiece()
    {
        int buffer = _buffer;
        _buffer = -1;
        _target = null;
        return buffer;
    }

    /// <summary>The connection has ended: all is forgotten.</summary>
    public void Reset()
    {
        if (_buffer >= 0)
        {
            _buffers.Return(TakePiece());
        }

        Expect(0, null, needsBuffer: false);
        _chunks = default;
        _interim = 0;
        _start = 0;
        _used = 0;
    }

    private void Advance(nint count)
    {
        _done += count;
        _left -= count;
        _chunks.Left -= _chunks.IsOn ? count : 0;
    }

    private bool TakeBuffer()
    {
        if (_needsBuffer)
        {
            _buffer = _buffers.Take();
            if (_buffer < 0)
            {
                return false;
            }

            _needsBuffer = false;
            _target = _buffers[_buffer];
        }

        return true;
    }

    private int ReadChunkLines()
    {
        int used = _chunks.Read(Held);
        bool isKept = _target is not null || _needsBuffer;
        if (used < 0 || _chunks.Left > _left || (_chunks.IsAtEnd && isKept && _left > 0))
        {
            return -1;
        }

        _start += used;
        if (_chunks.IsAtEnd)
        {
            _chunks = default;
            _left = 0;
            return 1;
        }

        return _chunks.Left > 0 ? 1 : 0;
    }

    private bool MakeRoom()
    {
        int held = Held.Length;
        if (_used == _input.Length || held == 0)
        {
            if (held == _input.Length)
            {
                if (held >= LongestHead)
                {
                    return false;
                }

                byte[] larger = GC.AllocateUninitializedArray<byte>(2 * held, pinned: true);
                Held.CopyTo(larger);
                _input = larger;
            }
            else
            {
                Held.CopyTo(_input);
            }

            _start = 0;
            _used = held;
        }

        return true;
    }
}
