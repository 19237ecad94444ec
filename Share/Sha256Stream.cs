using System;

namespace Epollsrv.Share;

/// <summary>
/// The SHA-256 of a message that comes in parts. <see cref="Begin()"/> first. A structure that may live in native memory; one thread at
/// a time, which pins it by owning it (a local, or native memory).
/// </summary>
internal unsafe struct Sha256Stream
{
    private fixed uint _state[Sha256.StateWords];
    private fixed byte _rest[Sha256.BlockBytes];
    private long _length;
    private Sha256Way _way;

    /// <summary>Bytes so far.</summary>
    public readonly long Length => _length;

    /// <summary>Begins a message.</summary>
    public void Begin() => Begin(Sha256.Best);

    /// <summary>Begins a message with one implementation.</summary>
    /// <param name="way">One that <see cref="Sha256.Has"/>.</param>
    public void Begin(Sha256Way way)
    {
        _way = way;
        _length = 0;
        fixed (uint* state = _state)
        {
            Sha256.Begin(state);
        }
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        fixed (uint* state = _state)
        fixed (byte* rest = _rest, bytes = data)
        {
            int held = (int)(_length % Sha256.BlockBytes);
            int length = data.Length;
            byte* position = bytes;
            _length += length;
            if (held > 0)
            {
                int fill = Math.Min(Sha256.BlockBytes - held, length);
                data[..fill].CopyTo(new Span<byte>(rest + held, fill));
                position += fill;
                length -= fill;
                if (held + fill < Sha256.BlockBytes)
                {
                    return;
                }

                Sha256.Compress(_way, state, null, rest, 1);
            }

            Sha256.Compress(_way, state, null, position, length / Sha256.BlockBytes);
            Keep(rest, position, length);
        }
    }

    /// <summary>
    /// Adds a piece and hashes it by itself as well, at little more than the cost of one of the two. All pieces before it must have been of
    /// whole blocks.
    /// </summary>
    /// <param name="piece">The piece.</param>
    /// <param name="hash">Receives the piece's own hash, 32 bytes.</param>
    public void AppendPiece(ReadOnlySpan<byte> piece, Span<byte> hash)
    {
        Sha256Stream alone = default;
        alone.Begin(_way);
        AppendBoth(ref this, ref alone, piece);
        alone.Finish(hash);
    }

    /// <summary>Adds the same bytes to two messages, at little more than the cost of
    /// one. Both must be of whole blocks so far, and of one implementation.</summary>
    public static void AppendBoth(ref Sha256Stream first, ref Sha256Stream second, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(first._length % Sha256.BlockBytes, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual(second._length % Sha256.BlockBytes, 0);
        first._length += data.Length;
        second._length += data.Length;
        fixed (uint* state = first._state, other = second._state)
        fixed (byte* rest = first._rest, otherRest = second._rest, bytes = data)
        {
            Sha256.Compress(first._way, state, other, bytes, data.Length / Sha256.BlockBytes);
            Keep(rest, bytes, data.Length);
            Keep(otherRest, bytes, data.Length);
        }
    }

    /// <summary>Writes the hash, 32 bytes. Then only <see cref="Begin()"/> may be called.</summary>
    public void Finish(Span<byte> hash)
    {
        byte* last = stackalloc byte[2 * Sha256.BlockBytes];
        fixed (uint* state = _state)
        fixed (byte* rest = _rest)
        {
            int blocks = Sha256.Pad(
                new ReadOnlySpan<byte>(rest, (int)(_length % Sha256.BlockBytes)), _length, new Span<byte>(last, 2 * Sha256.BlockBytes));
            Sha256.Compress(_way, state, null, last, blocks);
            Sha256.Write(state, hash);
        }
    }

    private static void Keep(byte* rest, byte* bytes, int length)
    {
        int left = length % Sha256.BlockBytes;
        new ReadOnlySpan<byte>(bytes + length - left, left).CopyTo(new Span<byte>(rest, Sha256.BlockBytes));
    }
}
