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

    private readonly Lock _lock = new();
    private ulong[] _tokens = [];

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _tokens).Length; // pairs with Add and Remove

    /// <summary>Adds a connection.</summary>
    public void Add(ulong token)
    {
        lock (_lock)
        {
            Volatile.Write(ref _tokens, [.. _tokens, token]); // pairs with Count and Show
        }
    }

    /// <summary>Removes a connection.</summary>
    public void Remove(ulong token)
    {
        lock (_lock)
        {
            int index = Array.IndexOf(_tokens, token);
            if (index >= 0)
            {
                ulong[] fewer = new ulong[_tokens.Length - 1];
                Array.Copy(_tokens, fewer, index);
                Array.Copy(_tokens, index + 1, fewer, index, fewer.Length - index);
                Volatile.Write(ref _tokens, fewer); // pairs with Count and Show
            }
        }
    }

    /// <summary>Shows a command that has run to all monitors. Passwords are left out.</summary>
    public void Show(RespCall call, Command* command, Argument* arguments, int count)
    {
        if ((command->Flags & (CommandFlags.SkipMonitor | CommandFlags.Admin)) != 0)
        {
            return;
        }

        TextBuffer line = default;
        Write(ref line, call, arguments, count);
        Server server = call.Turn.Server;
        SharedBytes* bytes = SharedBytes.Create(server.Buffers, line.Length);
        line.Span.CopyTo(new Span<byte>(SharedBytes.Data(bytes), line.Length));
        line.Free();
        foreach (ulong token in Volatile.Read(ref _tokens)) // pairs with Add and Remove
        {
            if (token == call.Turn.Token)
            {
                call.ShowToSelf(bytes);
            }
            else
            {
                _ = server.Post(token, bytes, MessageKind);
            }
        }

        SharedBytes.Release(server.Buffers, bytes);
    }

    private static void Write(ref TextBuffer line, RespCall call, Argument* arguments, int count)
    {
        const long million = 1_000_000;
        long microseconds = Clock.Wall() / 1000;
        line.Append((byte)'+');
        line.Append(microseconds / million);
        line.Append((byte)'.');
        for (long digit = million / 10; digit > 0; digit /= 10)
        {
            line.Append((byte)('0' + (microseconds % million / digit % 10)));
        }

        line.Append(" [0 "u8);
        ClientAddress.AppendPeer(ref line, call.Turn.Connection->Descriptor);
        line.Append((byte)']');
        int most = LongestShown(call, arguments, count);
        int secrets = SecretArguments.Find(arguments, count, out int secret);
        for (int i = 0; i < count; i++)
        {
            line.Append((byte)' ');
            if (i >= secret && i < secret + secrets)
            {
                line.Append("\"(redacted)\""u8);
            }
            else
            {
                line.AppendQuoted(arguments[i].Data, Math.Min(arguments[i].Length, most));
                if (arguments[i].Length > most)
                {
                    line.Append("... ("u8);
                    line.Append(arguments[i].Length - most);
                    line.Append(" more bytes)"u8);
                }
            }
        }

        line.Append("\r\n"u8);
    }

    // A request that would fill a monitor's output all alone is shown in short.
    private static int LongestShown(RespCall call, Argument* arguments, int count)
    {
        long total = 0;
        for (int i = 0; i < count; i++)
        {
            total += arguments[i].Length;
        }

        return total <= Math.Min(call.Services.MaxSubscriberOutput / 8, LongestRequest) ? int.MaxValue : 1024;
    }
}
