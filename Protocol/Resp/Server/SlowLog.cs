using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The last commands that took longer than a threshold, of those that are timed: all that can be
/// long, and those that a worker was given for their size; of short ones some, or all when the
/// threshold is below a millisecond. In native memory, of which it takes at most a sixteenth of
/// --max-buffers: the oldest fall off the end before that. Any thread.
/// </summary>
internal sealed unsafe class SlowLog
{
    private const int LongestArgument = 128;
    private const int MostArguments = 32;
    private const long TimesAllBelow = 1000;

    private readonly Lock _lock = new();
    private SlowLogEntry* _newest;
    private SlowLogEntry* _oldest;
    private long _bytes;
    private int _count;
    private long _next;
    private long _threshold = 10_000;
    private long _capacity = 128;

    /// <summary>Microseconds from which on a command is noted; negative: none is.</summary>
    public long Threshold
    {
        get => Volatile.Read(ref _threshold); // pairs with SetThreshold
    }

    /// <summary>Most entries.</summary>
    public long Capacity => Volatile.Read(ref _capacity); // pairs with SetCapacity

    /// <summary>Entries there are.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with the changes under the lock

    /// <summary>Whether every command has to be timed.</summary>
    public bool TimesAll => (ulong)Threshold < TimesAllBelow;

    /// <summary>Whether a command that took so long is to be noted.</summary>
    public bool Wants(long nanoseconds) => Threshold >= 0 && nanoseconds / 1000 >= Threshold;

    /// <summary>Sets the threshold.</summary>
    public void SetThreshold(RespCommon node, long microseconds)
    {
        lock (_lock)
        {
            bool before = TimesAll;
            Volatile.Write(ref _threshold, microseconds); // pairs with Threshold
            if (before != TimesAll)
            {
                node.Common.CheckCommands(TimesAll);
            }
        }
    }

    /// <summary>Sets how many entries there may be.</summary>
    public void SetCapacity(BufferPool pool, long entries)
    {
        lock (_lock)
        {
            Volatile.Write(ref _capacity, entries); // pairs with Capacity
            Forget(pool, entries, long.MaxValue);
        }
    }

    /// <summary>Notes the command that a call has just run.</summary>
    public void Add(CommandContext call, long microseconds)
    {
        BufferPool pool = call.Thread.Server.Buffers;
        ReplyBuffer reply = default;
        AddArguments(ref reply, call);
        AddWho(ref reply, call);
        SlowLogEntry* entry = (SlowLogEntry*)pool.TryRent(sizeof(SlowLogEntry) + (int)reply.Length, out int size);
        if (entry == null)
        {
            // The command is done; its client need not pay for the log.
            reply.Free();
            return;
        }

        *entry = new SlowLogEntry
        {
            Time = (call.Thread.Started + call.Thread.Server.WallOffset) / 1_000_000_000,
            Microseconds = microseconds,
            Size = size,
            ReplyLength = (int)reply.Length,
        };
        reply.Span.CopyTo(new Span<byte>(SlowLogEntry.Reply(entry), entry->ReplyLength));
        reply.Free();
        lock (_lock)
        {
            entry->Identifier = _next++;
            if (_newest == null)
            {
                _oldest = entry;
            }
            else
            {
                _newest->Newer = entry;
            }

            entry->Older = _newest;
            _newest = entry;
            _bytes += size;
            Volatile.Write(ref _count, _count + 1); // pairs with Count
            Forget(pool, _capacity, pool.Limit / 16);
        }
    }

    /// <summary>Adds the newest entries to a reply; how many.</summary>
    public long Show(ref ReplyBuffer reply, long most)
    {
        lock (_lock)
        {
            long shown = 0;
            for (SlowLogEntry* entry = _newest; entry != null && shown < most; entry = entry->Older)
            {
                reply.Add((byte)'*', 6);
                reply.Add((byte)':', entry->Identifier);
                reply.Add((byte)':', entry->Time);
                reply.Add((byte)':', entry->Microseconds);
                reply.Add(new ReadOnlySpan<byte>(SlowLogEntry.Reply(entry), entry->ReplyLength));
                shown++;
            }

            return shown;
        }
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear(BufferPool pool)
    {
        lock (_lock)
        {
            Forget(pool, 0, 0);
        }
    }

    private void Forget(BufferPool pool, long entries, long bytes)
    {
        while (_count > entries || _bytes > bytes)
        {
            SlowLogEntry* entry = _oldest;
            _oldest = entry->Newer;
            if (_oldest == null)
            {
                _newest = null;
            }
            else
            {
                _oldest->Older = null;
            }

            _bytes -= entry->Size;
            Volatile.Write(ref _count, _count - 1); // pairs with Count
            pool.Return((byte*)entry, entry->Size);
        }
    }

    // The client's address, and what CLIENT SETNAME gave.
    private static void AddWho(ref ReplyBuffer reply, CommandContext call)
    {
        _ = call.Thread.Connection->PeerAddress(out SocketAddress address);
        string text = address.ToString();
        reply.Add((byte)'$', text.Length);
        reply.Add(text);
        reply.Add("\r\n"u8);
        RespSession* session = call.ExistingSession;
        reply.AddBulk(session == null ? null : session->Name.Data, session == null ? 0 : session->Name.Length);
    }

    // The request, cut as Redis cuts it.
    private static void AddArguments(ref ReplyBuffer reply, CommandContext call)
    {
        int count = Math.Min(call.Count, MostArguments);
        int secrets = SecretArguments.Find(call.Arguments, call.Count, out int secret);
        reply.Add((byte)'*', count);
        for (int i = 0; i < count; i++)
        {
            Argument* argument = call.Arguments + i;
            if (call.Count > MostArguments && i == MostArguments - 1)
            {
                AddCut(ref reply, default, call.Count - MostArguments + 1, " more arguments)"u8);
            }
            else if (i >= secret && i < secret + secrets)
            {
                reply.Add("$10\r\n(redacted)\r\n"u8);
            }
            else if (argument->Length > LongestArgument)
            {
                AddCut(ref reply, argument->Span[..LongestArgument], argument->Length - LongestArgument, " more bytes)"u8);
            }
            else
            {
                reply.AddBulk(argument->Data, argument->Length);
            }
        }
    }

    // What is shown, and how much is not.
    private static void AddCut(ref ReplyBuffer reply, ReadOnlySpan<byte> shown, int missing, ReadOnlySpan<byte> what)
    {
        ReadOnlySpan<byte> dots = "... ("u8;
        byte* digits = stackalloc byte[Numbers.Longest];
        int length = Numbers.Write(digits, missing);
        reply.Add((byte)'$', shown.Length + dots.Length + length + what.Length);
        reply.Add(shown);
        reply.Add(dots);
        reply.Add(new ReadOnlySpan<byte>(digits, length));
        reply.Add(what);
        reply.Add("\r\n"u8);
    }
}
