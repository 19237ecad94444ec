using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The last commands that took longer than a threshold: those that are timed alone (engine.md §7: commands that can be long, and those that a
/// worker was given for their size). With a threshold below a millisecond every command is timed alone. Any thread.
/// </summary>
internal sealed unsafe class SlowLog
{
    private const int LongestArgument = 128;
    private const int MostArguments = 32;
    private const long TimesAllBelow = 1000;

    private readonly Lock _lock = new();
    private SlowLogEntry[] _entries = [];
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
    public long Capacity
    {
        get => Volatile.Read(ref _capacity); // pairs with the set
        set
        {
            lock (_lock)
            {
                Volatile.Write(ref _capacity, value); // pairs with the get
                _count = (int)Math.Min(_count, value);
                Array.Resize(ref _entries, _count);
            }
        }
    }

    /// <summary>Entries there are.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with Add

    /// <summary>Whether every command has to be timed alone.</summary>
    public bool TimesAll => (ulong)Threshold < TimesAllBelow;

    /// <summary>Whether a command that took so long is to be noted.</summary>
    public bool Wants(long nanoseconds) => Threshold >= 0 && nanoseconds / 1000 >= Threshold;

    /// <summary>Sets the threshold.</summary>
    public void SetThreshold(RespNode node, long microseconds)
    {
        lock (_lock)
        {
            bool before = TimesAll;
            Volatile.Write(ref _threshold, microseconds); // pairs with Threshold
            if (before != TimesAll)
            {
                node.Attend(TimesAll);
            }
        }
    }

    /// <summary>Notes the command that a call has just run.</summary>
    public void Add(RespCall call, long microseconds)
    {
        SlowLogEntry entry = new()
        {
            Time = (call.Turn.Started + call.Turn.Server.WallOffset) / 1_000_000_000,
            Microseconds = microseconds,
            Arguments = Copy(call),
            Address = AddressOf(call),
            Name = call.ExistingSession?.Name ?? [],
        };
        lock (_lock)
        {
            entry.Identifier = _next++;
            if (_capacity == 0)
            {
                return;
            }

            if (_count == _entries.Length)
            {
                // Newest first; grows to the capacity, then the oldest falls off the end.
                Array.Resize(ref _entries, (int)Math.Min(Math.Max(16, 2L * _count), _capacity));
            }

            int kept = Math.Min(_count, _entries.Length - 1);
            Array.Copy(_entries, 0, _entries, 1, kept);
            _entries[0] = entry;
            Volatile.Write(ref _count, kept + 1); // pairs with Count
        }
    }

    /// <summary>The newest entries.</summary>
    public SlowLogEntry[] Newest(long most)
    {
        lock (_lock)
        {
            return _entries.AsSpan(0, (int)Math.Min(_count, most)).ToArray();
        }
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _entries = [];
            Volatile.Write(ref _count, 0); // pairs with Count
        }
    }

    private static byte[] AddressOf(RespCall call)
    {
        _ = Socket.PeerAddress(call.Turn.Connection->Descriptor, out SocketAddress address);
        return new ReplyText().AddText(address.ToString()).Written.ToArray();
    }

    private static byte[][] Copy(RespCall call)
    {
        int count = Math.Min(call.Count, MostArguments);
        byte[][] arguments = new byte[count][];
        int secrets = SecretArguments.Find(call.Arguments, call.Count, out int secret);
        for (int i = 0; i < count; i++)
        {
            arguments[i] = call.Count > MostArguments && i == MostArguments - 1
                ? new ReplyText().Add("... ("u8).Add(call.Count - MostArguments + 1).Add(" more arguments)"u8).Written.ToArray()
                : i >= secret && i < secret + secrets ? "(redacted)"u8.ToArray()
                : Shorten(call.Arguments[i].Span);
        }

        return arguments;
    }

    private static byte[] Shorten(ReadOnlySpan<byte> argument) => argument.Length <= LongestArgument
        ? argument.ToArray()
        : new ReplyText().Add(argument[..LongestArgument]).Add("... ("u8).Add(argument.Length - LongestArgument).Add(" more bytes)"u8).Written.ToArray();
}
