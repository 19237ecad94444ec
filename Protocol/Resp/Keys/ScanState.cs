using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What KEYS and SCAN look for, and what they found. Lives on the stack of the command, whose address the store's scan gets;
/// when the share of the thread is used up, a copy of it waits in the connection's session (<see cref="RespSession.Scan"/>).
/// </summary>
internal unsafe struct ScanState
{
    // The store shows at most so many under one lock.
    private const int Step = 64;

    /// <summary>The keys found.</summary>
    public ReplyBuffer Found;

    /// <summary>The pattern; null: all keys. Inside the request, which may have moved when the command goes on.</summary>
    public Argument* Pattern;

    /// <summary>Where to go on; 0 at the end.</summary>
    public ulong Cursor;

    /// <summary>Keys looked at.</summary>
    public long Seen;

    /// <summary>Whether no key can be of the type asked for.</summary>
    public bool OtherType;

    // Keys shown under the lock, each behind its length, that are compared with the pattern after it.
    private ReplyBuffer _candidates;
    private long _spent;

    /// <summary>The state of a request that is being looked at again, or a new one.</summary>
    public static ScanState Take(CommandContext call)
    {
        ScanState state = default;
        RespSession* session = call.ExistingSession;
        if (session != null && session->Scan != null)
        {
            state = *session->Scan;
            call.Statistics.WasRunning(state._spent);
            NativeMemory.Free(session->Scan);
            session->Scan = null;
        }

        return state;
    }

    /// <summary>Whether the command, which comes with a new state, has begun before.</summary>
    public readonly bool HasBegun => _spent != 0;

    /// <summary>
    /// Looks at keys until so many were seen, or all. False: the thread's share is used up,
    /// and the command returns without a reply; it runs again when others have had their turn.
    /// </summary>
    public bool TryRun(CommandContext call, long count)
    {
        // A long pattern costs its length for each key.
        int step = Pattern == null ? Step : Math.Max(1, Step / (1 + (Pattern->Length / 1024)));
        try
        {
            do
            {
                Cursor = KeyScan.Next(call.Access, Cursor, (int)Math.Min(count - Seen, step), &Visit, Unsafe.AsPointer(ref this));
                Compare();
                if (Cursor != 0 && Seen < count && call.HasUsedShare(out long spent))
                {
                    _spent += spent;
                    call.Session->Scan = (ScanState*)NativeMemory.Alloc((nuint)sizeof(ScanState));
                    *call.Session->Scan = this;
                    return false;
                }
            }
            while (Cursor != 0 && Seen < count && Found.CountMemory(call.Thread));
        }
        catch (OutOfMemoryException)
        {
            // What was found so far may be much of the memory there is, and nobody else knows of it.
            Free(call);
            throw;
        }

        _candidates.Free(call.Thread);
        return true;
    }

    /// <summary>Gives the memory back: the connection ends.</summary>
    public void Free(CommandContext call)
    {
        Found.Free(call.Thread);
        _candidates.Free(call.Thread);
    }

    // What the store's scan calls for each key, under the partition's lock.
    private static void Visit(void* state, Entry* entry)
    {
        ScanState* scan = (ScanState*)state;
        scan->Seen++;
        if (scan->OtherType)
        {
            return;
        }

        int length = entry->KeyLength;
        if (scan->Pattern == null)
        {
            scan->Found.AddBulk(entry->KeyPointer, length);
            return;
        }

        scan->_candidates.Add(new ReadOnlySpan<byte>(&length, sizeof(int)));
        scan->_candidates.Add(entry->Key);
    }

    private void Compare()
    {
        byte* at = _candidates.Data;
        byte* end = at + _candidates.Length;
        while (at < end)
        {
            int length = Unsafe.ReadUnaligned<int>(at);
            at += sizeof(int);
            if (Glob.Matches(Pattern->Data, Pattern->Length, at, length))
            {
                Found.AddBulk(at, length);
            }

            at += length;
        }

        _candidates.Clear();
    }
}
