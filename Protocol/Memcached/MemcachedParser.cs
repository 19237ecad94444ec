using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// From received bytes to requests, whose parts stay where they were received: nothing is copied, and nothing allocated. Any thread, each
/// with its own <see cref="MemcachedThread"/>.
/// </summary>
internal static unsafe class MemcachedParser
{
    /// <summary>Bytes of a line without its end that only a command with many keys may have.</summary>
    public const int LongestShortLine = 2048;

    /// <summary>Bytes of any line.</summary>
    public const int LongestLine = 8 << 20;

    /// <summary>Bytes of a key.</summary>
    public const int LongestKey = 250;

    // From here on a value is received straight into a block of the store. Below, it arrives with the first recv.
    private const int LeastBody = 64 * 1024;

    // A block is a mapping, of which a process may have some ten thousands: who only announces a value gets none.
    private const int LeastArrived = 4096;

    // What memcached counts of an item beside key, flags and value: its header with a cas, and the zero behind the key.
    private const int ItemOverhead = 57;

    private static uint GetWord => Word("get "u8);

    private static uint SetWord => Word("set "u8);

    /// <summary>Looks at one request.</summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">Behind the last byte that has arrived.</param>
    /// <param name="searched">Bytes of it that are known to have no line end.</param>
    /// <param name="request">Filled in.</param>
    /// <returns>Whether it has arrived whole; otherwise <see cref="Await"/> is for when all before it have run.</returns>
    public static bool Parse(MemcachedThread context, byte* start, byte* end, int searched, MemcachedRequest* request)
    {
        request->Start = start;
        request->End = null;
        int found = new ReadOnlySpan<byte>(start + searched, (int)(end - start) - searched).IndexOf((byte)'\n');
        if (found < 0)
        {
            return false;
        }

        byte* lineEnd = start + searched + found;
        request->End = lineEnd + 1;
        if (lineEnd - start > 1 && lineEnd[-1] == '\r')
        {
            lineEnd--;
        }

        byte* at = start;
        while (at < lineEnd && *at == ' ')
        {
            at++;
        }

        request->LineEnd = lineEnd;
        request->Key = null;
        request->Value = null;
        request->Hash = 0;
        request->Swallow = 0;
        request->NoReply = false;
        request->HasUnique = false;
        request->WantsUnique = false;
        request->MayBeStale = false;
        request->NewUnique = 0;
        request->Fault = MemcachedFault.None;
        uint head = lineEnd - at >= 4 ? Unsafe.ReadUnaligned<uint>(at) : 0;
        if (head == GetWord)
        {
            request->Verb = MemcachedVerb.Get;
            at += 3;
        }
        else if (head == SetWord)
        {
            request->Verb = MemcachedVerb.Set;
            at += 3;
        }
        else
        {
            byte* name = MemcachedWords.Next(ref at, lineEnd, out int length);
            request->Verb = MemcachedWords.VerbOf(new ReadOnlySpan<byte>(name, length));
        }

        request->Arguments = at;
        if (request->Verb is >= MemcachedVerb.Set and <= MemcachedVerb.MetaSet)
        {
            return ParseValue(context, request, end);
        }

        if (request->Verb is >= MemcachedVerb.Get and <= MemcachedVerb.Touch)
        {
            if (request->Verb is MemcachedVerb.GetAndTouch or MemcachedVerb.GetUniqueAndTouch)
            {
                _ = MemcachedWords.Next(ref at, lineEnd, out _);
            }

            FindKey(context, request, at);
        }

        return true;
    }

    /// <summary>
    /// The batch ends with a request that has not arrived whole: tells the engine what it waits for. A long value, when it has begun to
    /// arrive, is received into a block of the store that may keep it.
    /// </summary>
    /// <returns>False: its line is longer than any.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Await(MemcachedThread context, MemcachedRequest* request, byte* end)
    {
        if (request->End == null)
        {
            int arrived = (int)(end - request->Start);
            ((MemcachedConnection*)context.Thread.ProtocolState)->Searched = arrived;
            return arrived <= LongestShortLine || (arrived <= LongestLine && MayBeLong(new ReadOnlySpan<byte>(request->Start, arrived)));
        }

        int offset = (int)(request->End - request->Start);
        int length = request->ValueLength;
        if (length >= LeastBody && end - request->End < LeastArrived)
        {
            context.Thread.NeedInput(offset + LeastArrived);
            return true;
        }

        LargeValue* block = length < LeastBody ? null : context.Access.Memory.ReserveLarge(length + 2L);
        if (block == null)
        {
            context.Thread.NeedInput(offset + length + 2L);
            return true;
        }

        context.Thread.Body.Receive(offset, length + 2, block->Data, (nint)block, &Abandon);
        return true;
    }

    // Only commands with many keys.
    private static bool MayBeLong(ReadOnlySpan<byte> line)
    {
        line = line.TrimStart((byte)' ');
        return line.StartsWith("get "u8) || line.StartsWith("gets "u8) || line.StartsWith("gat "u8) || line.StartsWith("gats "u8);
    }

    /// <summary>Bytes of the longest value that a request's key may have.</summary>
    public static long MostBytes(MemcachedThread context, MemcachedRequest* request, uint clientFlags)
        => Math.Min(
            context.Node.Options.MaxItem - ItemOverhead - request->KeyLength - (clientFlags == 0 ? 0 : sizeof(uint)) - 2,
            context.Common.Options.MaxValue);

    // The first key, for its hash.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FindKey(MemcachedThread context, MemcachedRequest* request, byte* at)
    {
        byte* key = MemcachedWords.Next(ref at, request->LineEnd, out int length);
        if (length > 0)
        {
            SetKey(context, request, key, length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetKey(MemcachedThread context, MemcachedRequest* request, byte* key, int length)
    {
        request->Key = key;
        request->KeyLength = length;
        request->Hash = context.Access.Hash(key, length);
    }

    // The line of a command that stores, and whether its value has arrived. A line that is wrong has none.
    private static bool ParseValue(MemcachedThread context, MemcachedRequest* request, byte* end)
    {
        int length;
        if (request->Verb == MemcachedVerb.MetaSet)
        {
            if (!TryParseMeta(context, request, out length))
            {
                return true;
            }
        }
        else if (!TryParseClassic(context, request, out length))
        {
            return true;
        }

        if (length > MostBytes(context, request, request->ClientFlags))
        {
            // Unless the limit was lowered when it had arrived.
            request->Fault = MemcachedFault.TooLarge;
            request->Swallow = context.Thread.Body.Data == null ? length + 2L : 0;
            return true;
        }

        return FindValue(context, request, end, length);
    }

    // set, add, replace, append, prepend, cas: key flags exptime bytes [unique] [noreply].
    private static bool TryParseClassic(MemcachedThread context, MemcachedRequest* request, out int length)
    {
        MemcachedToken* words = context.Tokens;
        int wanted = request->Verb == MemcachedVerb.CompareAndSet ? 5 : 4;
        int count = MemcachedWords.Split(request->Arguments, request->LineEnd, words, wanted + 1);
        length = 0;
        if (count != wanted && count != wanted + 1)
        {
            request->Fault = MemcachedFault.Words;
            return false;
        }

        request->NoReply = words[count - 1].Is("noreply"u8);
        request->HasUnique = wanted == 5;
        if (words->Length > LongestKey || !MemcachedNumber.TryRead(words[1], out request->ClientFlags)
            || !MemcachedNumber.TryRead(words[2], out long time) || !MemcachedNumber.TryRead(words[3], out length)
            || (wanted == 5 && !MemcachedNumber.TryRead(words[4], out request->Unique)) || length is < 0 or >= int.MaxValue - 1)
        {
            request->Fault = MemcachedFault.Format;
            return false;
        }

        request->Expiry = MemcachedTime.ToExpiry(time, context.Access.Now);
        SetKey(context, request, words->Data, words->Length);
        return true;
    }

    // ms: key bytes flags. The flags are read when it runs.
    private static bool TryParseMeta(MemcachedThread context, MemcachedRequest* request, out int length)
    {
        byte* at = request->Arguments;
        byte* key = MemcachedWords.Next(ref at, request->LineEnd, out int keyLength);
        byte* bytes = MemcachedWords.Next(ref at, request->LineEnd, out int digits);
        length = 0;
        request->ClientFlags = 0;
        if (keyLength == 0)
        {
            request->Fault = MemcachedFault.Words;
            return false;
        }

        if (keyLength > LongestKey || digits == 0 || !MemcachedNumber.TryRead(bytes, digits, out length)
            || length is < 0 or >= int.MaxValue - 1)
        {
            request->Fault = MemcachedFault.Format;
            return false;
        }

        request->Arguments = at;
        SetKey(context, request, key, keyLength);
        return true;
    }

    // False: the value has not arrived.
    private static bool FindValue(MemcachedThread context, MemcachedRequest* request, byte* end, int length)
    {
        ThreadContext thread = context.Thread;
        byte* value = request->End;
        if (end - value < length + 2L)
        {
            bool isApart = value == end && thread.Body.Data != null && thread.Body.Length == length + 2;
            if (!isApart)
            {
                request->ValueLength = length;
                return false;
            }

            value = thread.Body.Data;
        }
        else
        {
            request->End += length + 2;
        }

        request->Value = value;
        request->ValueLength = length;
        if (value[length] != '\r' || value[length + 1] != '\n')
        {
            request->Fault = MemcachedFault.Chunk;
        }

        return true;
    }

    private static void Abandon(nint block) => LargeValue.Abandon((LargeValue*)block);

    private static uint Word(ReadOnlySpan<byte> text) => Unsafe.ReadUnaligned<uint>(ref MemoryMarshal.GetReference(text));
}
