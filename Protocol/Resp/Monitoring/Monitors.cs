using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>The connections that see all commands. Any thread.</summary>
internal sealed unsafe class Monitors
{
    /// <summary>The kind of their messages: no subscription has that number.</summary>
    public const int MessageKind = -2;

    // Quoted it may be four times as long.
    private const long LongestRequest = 64 << 20;

    // Of a longer request so much of each argument is shown, and arguments until the line is so long: there may be a million of them.
    private const int ShortArgument = 1024;
    private const int ShortLine = 64 * 1024;

    private readonly Lock _lock = new();
    private RespSession* _first;
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with Add and Remove

    /// <summary>Adds a connection by its session, which the caller owns.</summary>
    public void Add(RespSession* session)
    {
        lock (_lock)
        {
            session->PreviousMonitor = null;
            session->NextMonitor = _first;
            if (_first != null)
            {
                _first->PreviousMonitor = session;
            }

            _first = session;
            Volatile.Write(ref _count, _count + 1); // pairs with Count
        }
    }

    /// <summary>Removes a connection that was added.</summary>
    public void Remove(RespSession* session)
    {
        lock (_lock)
        {
            if (session->PreviousMonitor != null)
            {
                session->PreviousMonitor->NextMonitor = session->NextMonitor;
            }
            else
            {
                _first = session->NextMonitor;
            }

            if (session->NextMonitor != null)
            {
                session->NextMonitor->PreviousMonitor = session->PreviousMonitor;
            }

            Volatile.Write(ref _count, _count - 1); // pairs with Count
        }
    }

    /// <summary>Shows a command that has run to all monitors. Passwords are left out.</summary>
    public void Show(CommandContext call, Command* command, Argument* arguments, int count)
    {
        if ((command->Flags & CommandFlags.Admin) == 0)
        {
            bool isMonitor = (call.Connection->Flags & RespFlags.Monitor) != 0;
            Show(call, call.Thread.Connection, call.Connection->Database, arguments, count, isMonitor);
        }
    }

    /// <summary>Shows a write of another protocol as the command that does the same.</summary>
    public void Show(CommandContext call, WrittenKey* written)
    {
        bool expires = written->Expiry != 0;
        ReadOnlySpan<byte> verb = written->Verb switch
        {
            WriteVerb.Set => "SET"u8,
            WriteVerb.Append => "APPEND"u8,
            WriteVerb.Prepend => "PREPEND"u8,
            WriteVerb.Increment => "INCRBY"u8,
            WriteVerb.Decrement => "DECRBY"u8,
            WriteVerb.Expire => expires ? "PEXPIREAT"u8 : "PERSIST"u8,
            WriteVerb.Invalidate => "INVALIDATE"u8,
            WriteVerb.Flush or WriteVerb.DelayedFlush => "FLUSHDB"u8,
            _ => "DEL"u8,
        };
        ReadOnlySpan<byte> expiry = "PXAT"u8;
        byte* time = stackalloc byte[Numbers.Longest];
        Argument* arguments = stackalloc Argument[5];
        fixed (byte* verbBytes = verb)
        fixed (byte* expiryBytes = expiry)
        {
            arguments[0] = new Argument { Data = verbBytes, Length = verb.Length };
            arguments[1] = new Argument { Data = written->Key, Length = written->KeyLength };
            arguments[2] = new Argument { Data = written->Value, Length = written->ValueLength };
            arguments[3] = new Argument { Data = expiryBytes, Length = expiry.Length };
            arguments[4] = new Argument { Data = time, Length = Numbers.Write(time, written->Expiry) };
            int count = written->Verb switch
            {
                WriteVerb.Flush or WriteVerb.DelayedFlush => 1,
                WriteVerb.Delete or WriteVerb.Invalidate => 2,
                WriteVerb.Expire => expires ? 3 : 2,
                _ => expires ? 5 : 3,
            };
            if (written->Verb == WriteVerb.Expire)
            {
                arguments[2] = arguments[4];
            }

            ConnectionSlot* from = written->Verb == WriteVerb.DelayedFlush ? null : call.Thread.Connection;
            Show(call, from, 0, arguments, count, isMonitor: false);
        }
    }

    // From is null when it is no connection's work.
    private void Show(CommandContext call, ConnectionSlot* from, int database, Argument* arguments, int count, bool isMonitor)
    {
        ReplyBuffer line = default;
        Write(ref line, call, from, database, arguments, count);
        Server server = call.Thread.Server;
        SharedBytes* bytes = SharedBytes.TryCreate(server.Buffers, (int)line.Length);
        if (bytes == null)
        {
            line.Free();
            CloseAll(server);
            return;
        }

        line.Span.CopyTo(new Span<byte>(SharedBytes.Data(bytes), bytes->Length));
        line.Free();
        lock (_lock)
        {
            for (RespSession* monitor = _first; monitor != null; monitor = monitor->NextMonitor)
            {
                if (from == null || monitor->Token != call.Thread.Token)
                {
                    _ = call.Messages.Post(monitor->Token, bytes, MessageKind);
                }
            }
        }

        // Outside the lock, for it may be sent at once.
        if (isMonitor)
        {
            call.Messages.ShowToSelf(bytes);
        }

        SharedBytes.Release(server.Buffers, bytes);
    }

    // There is no memory for a line: better closed than without it.
    private void CloseAll(Server server)
    {
        lock (_lock)
        {
            for (RespSession* monitor = _first; monitor != null; monitor = monitor->NextMonitor)
            {
                _ = server.Signals.Kill(monitor->Token);
            }
        }
    }

    private static void Write(
        ref ReplyBuffer line, CommandContext call, ConnectionSlot* from, int database, Argument* arguments, int count)
    {
        const long million = 1_000_000;
        long microseconds = Clock.Wall() / 1000;
        line.Add((byte)'+');
        line.Add(microseconds / million);
        line.Add((byte)'.');
        for (long digit = million / 10; digit > 0; digit /= 10)
        {
            line.Add((byte)('0' + (microseconds % million / digit % 10)));
        }

        line.Add(" ["u8);
        line.Add(database);
        line.Add((byte)' ');
        if (from == null)
        {
            line.Add("node"u8);
        }
        else
        {
            ClientAddress.AppendPeer(ref line, from);
        }

        line.Add((byte)']');
        long limit = Math.Min(call.Resp.Options.MaxSubscriberOutput / 8, LongestRequest);
        bool isLong = Length(arguments, count) > limit;
        int most = isLong ? ShortArgument : int.MaxValue;
        int secrets = SecretArguments.Find(arguments, count, out int secret);
        for (int i = 0; i < count; i++)
        {
            line.Add((byte)' ');
            if (isLong && line.Length > Math.Min(limit, ShortLine))
            {
                line.Add("... ("u8);
                line.Add(count - i);
                line.Add(" more arguments)"u8);
                break;
            }

            if (i >= secret && i < secret + secrets)
            {
                line.Add("\"(redacted)\""u8);
            }
            else
            {
                line.AddQuoted(arguments[i].Data, Math.Min(arguments[i].Length, most));
                if (arguments[i].Length > most)
                {
                    line.Add("... ("u8);
                    line.Add(arguments[i].Length - most);
                    line.Add(" more bytes)"u8);
                }
            }
        }

        line.Add("\r\n"u8);
    }

    // With a quote and a space on each side: a million empty arguments are not short either.
    private static long Length(Argument* arguments, int count)
    {
        long total = 0;
        for (int i = 0; i < count; i++)
        {
            total += 3L + arguments[i].Length;
        }

        return total;
    }
}
