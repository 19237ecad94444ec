using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Epollsrv.Commands;

namespace Epollsrv.Bench;

/// <summary>
/// Takes replies apart as they come, in whatever pieces. The reply that is expected costs two comparisons and is not copied; every other
/// one is parsed. One thread.
/// </summary>
internal sealed unsafe class ReplyParser
{
    /// <summary>Longest header of a reply, bytes: what is kept of one that came in part.</summary>
    public const int MostKept = 4096;

    private const ushort LineEnd = 0x0A0D;

    private readonly BenchSettings _settings;
    private readonly byte* _value;
    private ReplyShape _read;
    private ReplyShape _write;

    /// <summary>A parser of the replies to a writer's requests.</summary>
    public ReplyParser(BenchSettings settings, RequestWriter writer)
    {
        _settings = settings;
        _value = writer.Value;
        _read = writer.ReadReply();
        _write = writer.WriteReply();
    }

    /// <summary>Replies that were errors.</summary>
    public long Errors { get; private set; }

    /// <summary>Reads of keys that were not there.</summary>
    public long Misses { get; private set; }

    /// <summary>The first error, as the server said it; null while there was none.</summary>
    public string? FirstError { get; private set; }

    /// <summary>
    /// Takes in bytes, eight readable ones must follow them. What is left of a reply whose header is not whole is copied to
    /// <see cref="BenchConnection.Kept"/>: the caller puts it before the next bytes.
    /// </summary>
    /// <returns>How many replies are complete, or −1: the server cannot be understood (<see cref="FirstError"/> says why).</returns>
    public int Parse(BenchConnection* connection, byte* next, byte* end)
    {
        int done = 0;
        while (next < end)
        {
            if (connection->Skip > 0)
            {
                long step = Math.Min(connection->Skip, end - next);
                next += step;
                connection->Skip -= step;
                if (connection->Skip == 0)
                {
                    connection->Received++;
                    done++;
                }

                continue;
            }

            if (connection->Received == connection->Sent)
            {
                return Fatal("answered more than it was asked: ", next, end);
            }

            bool isWrite = connection->IsWrite(connection->Received);
            ref ReplyShape shape = ref isWrite ? ref _write : ref _read;
            if (end - next >= shape.Length
                && (Unsafe.ReadUnaligned<ulong>(next) & shape.Mask) == shape.Prefix
                && (!shape.EndsInLine || Unsafe.ReadUnaligned<ushort>(next + shape.Length - 2) == LineEnd))
            {
                if (_settings.Verify && !isWrite && !IsValue(next + shape.ValueOffset, _settings.ValueSize))
                {
                    Count(ReplyVerdict.Error, "another value than was stored: ", next, end);
                }

                next += shape.Length;
                connection->Received++;
                done++;
                continue;
            }

            int header = ParseOther(connection, isWrite, next, end);
            if (header < 0)
            {
                return -1;
            }

            if (header == 0)
            {
                Keep(connection, next, end);
                break;
            }

            next += header;
            if (connection->Skip == 0)
            {
                connection->Received++;
                done++;
            }
        }

        return done;
    }

    // A reply that is not as expected, or not whole: its header's length, 0 when that has not come whole, or −1.
    private int ParseOther(BenchConnection* connection, bool isWrite, byte* next, byte* end)
    {
        ReplyHeader reply = default;
        int header = ReplyHeader.Read(
            _settings.Protocol, isWrite, new ReadOnlySpan<byte>(next, (int)Math.Min(end - next, MostKept)), ref reply);
        if (header < 0 || (header == 0 && end - next >= MostKept))
        {
            return Fatal("not an answer of this protocol: ", next, end);
        }

        if (header > 0)
        {
            connection->Skip = reply.Body;
            string text = string.Empty;
            bool isValue = !isWrite && reply.Verdict == ReplyVerdict.Good && _settings.Verify && _settings.Protocol != BenchProtocol.Cs;
            if (isValue && (reply.Value != _settings.ValueSize
                || (end - next - header >= reply.Value && !IsValue(next + header, (int)reply.Value))))
            {
                reply.Verdict = ReplyVerdict.Error;
                text = "another value than was stored: ";
            }

            Count(reply.Verdict, text, next, end);
        }

        return header;
    }

    private bool IsValue(byte* start, int length) =>
        new ReadOnlySpan<byte>(start, length).SequenceEqual(new ReadOnlySpan<byte>(_value, length));

    private void Count(ReplyVerdict verdict, string text, byte* start, byte* end)
    {
        Misses += verdict == ReplyVerdict.Miss ? 1 : 0;
        if (verdict == ReplyVerdict.Error)
        {
            Errors++;
            FirstError ??= text + Quote(start, end);
        }
    }

    private int Fatal(string text, byte* start, byte* end)
    {
        Errors++;
        FirstError ??= text + Quote(start, end);
        return -1;
    }

    private static string Quote(byte* start, byte* end)
    {
        ReadOnlySpan<byte> bytes = new(start, (int)Math.Min(60, end - start));
        int line = bytes.IndexOf((byte)'\r');
        return "\"" + OptionSet.Readable(Encoding.Latin1.GetString(line > 0 ? bytes[..line] : bytes)) + "\"";
    }

    private static void Keep(BenchConnection* connection, byte* next, byte* end)
    {
        if (connection->Kept == null)
        {
            connection->Kept = (byte*)NativeMemory.Alloc(MostKept);
        }

        connection->KeptLength = (int)(end - next);
        Unsafe.CopyBlockUnaligned(connection->Kept, next, (uint)connection->KeptLength);
    }
}
