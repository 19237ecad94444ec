using System;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// Where the chunks of a response's body begin and end (RFC 9112 §7.1). The bytes between are not looked
/// at: who receives them counts <see cref="Left"/> down. Extensions and trailers are thrown away.
/// </summary>
internal struct ChunkReader
{
    private const int LongestLine = 1024;
    private const int MostTrailers = 64;

    private HttpChunkPhase _phase;
    private int _trailers;

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsOn;

    /// <summary>Bytes of the present chunk that are still to come.</summary>
    public long Left;

    /// <summary>Whether the body has ended.</summary>
    public readonly bool IsAtEnd => _phase == HttpChunkPhase.Whole;

    /// <summary>Reads what stands between two chunks, up to the first byte of the next or to the end of the body.</summary>
    /// <returns>Bytes that were read; −1: malformed.</returns>
    public int Read(ReadOnlySpan<byte> bytes)
    {
        int used = 0;
        while (Left == 0 && !IsAtEnd)
        {
            ReadOnlySpan<byte> rest = bytes[used..];
            int end = rest.IndexOf((byte)'\n');
            if ((end < 0 ? rest.Length : end) > LongestLine)
            {
                return -1;
            }

            if (end < 0)
            {
                return used;
            }

            if (end == 0 || rest[end - 1] != '\r' || !Take(rest[..(end - 1)]))
            {
                return -1;
            }

            used += end + 1;
        }

        return used;
    }

    private bool Take(ReadOnlySpan<byte> line)
    {
        switch (_phase)
        {
            case HttpChunkPhase.Size:
                int digits = 0;
                while (digits < line.Length && HttpText.Hex(line[digits]) is >= 0 and int digit)
                {
                    Left = (Left << 4) | (uint)digit;
                    digits++;
                }

                _phase = Left == 0 ? HttpChunkPhase.Trailer : HttpChunkPhase.Data;
                return digits is > 0 and < 16 && (digits == line.Length || line[digits] is (byte)';' or (byte)' ' or (byte)'\t');
            case HttpChunkPhase.Data:
                _phase = HttpChunkPhase.Size;
                return line.IsEmpty;
            default:
                _phase = line.IsEmpty ? HttpChunkPhase.Whole : _phase;
                return ++_trailers <= MostTrailers;
        }
    }
}
