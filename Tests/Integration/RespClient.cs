using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Epollsrv.Tests.Integration;

/// <summary>A RESP client that shows replies as they came: the raw text of one reply, nested ones included.</summary>
internal sealed class RespClient : IDisposable
{
    private readonly Client _client;
    private readonly byte[] _buffer = new byte[65536];
    private int _start;
    private int _end;

    public RespClient(NodeUnderTest node) => _client = node.Connect();

    public RespClient(EndPoint address) => _client = new Client(address);

    public Client Client => _client;

    /// <summary>The request as an array of bulks, in Latin 1.</summary>
    public static byte[] Request(params string[] arguments)
    {
        StringBuilder text = new();
        _ = text.Append('*').Append(arguments.Length).Append("\r\n");
        foreach (string argument in arguments)
        {
            _ = text.Append('$').Append(argument.Length).Append("\r\n").Append(argument).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    public void Send(params string[] arguments) => _client.Send(Request(arguments));

    public void SendRaw(string text) => _client.Send(Encoding.Latin1.GetBytes(text));

    /// <summary>A request there and its reply back.</summary>
    public string Call(params string[] arguments)
    {
        Send(arguments);
        return Reply();
    }

    /// <summary>The next reply, without the line end of a single line.</summary>
    public string Reply()
    {
        string reply = ReadReply();
        return reply.EndsWith("\r\n", StringComparison.Ordinal) && reply.IndexOf('\n') == reply.Length - 1 ? reply[..^2] : reply;
    }

    /// <summary>The value of a bulk reply; null when there is none.</summary>
    public string? Value(params string[] arguments)
    {
        string reply = Call(arguments);
        return reply[0] == '$' && reply != "$-1" ? reply[(reply.IndexOf('\n') + 1)..^2] : null;
    }

    /// <summary>The next line without its end, for replies that are too long to be taken as one text.</summary>
    public string Line() => ReadLine()[..^2];

    /// <summary>The next bulk, or null.</summary>
    public string? Bulk()
    {
        int length = int.Parse(Line().AsSpan(1));
        return length < 0 ? null : ReadBytes(length + 2)[..^2];
    }

    /// <summary>So many bytes, whatever they are.</summary>
    public string Bytes(int count) => ReadBytes(count);

    /// <summary>A field of INFO.</summary>
    public string Information(string section, string name)
    {
        string line = Call("INFO", section).Split("\r\n").Single(text => text.StartsWith(name + ":", StringComparison.Ordinal));
        return line[(name.Length + 1)..];
    }

    public void Dispose() => _client.Dispose();

    private string ReadReply()
    {
        string line = ReadLine();
        switch (line[0])
        {
            case '$' or '=':
                int length = int.Parse(line.AsSpan(1, line.Length - 3));
                return length < 0 ? line : line + ReadBytes(length + 2);
            case '*' or '~' or '>' or '%':
                int count = int.Parse(line.AsSpan(1, line.Length - 3)) * (line[0] == '%' ? 2 : 1);
                StringBuilder all = new(line);
                for (int i = 0; i < count; i++)
                {
                    _ = all.Append(ReadReply());
                }

                return all.ToString();
            default:
                return line;
        }
    }

    private string ReadLine()
    {
        List<byte> line = [];
        do
        {
            line.Add(ReadByte());
        }
        while (line[^1] != '\n');

        return Encoding.Latin1.GetString([.. line]);
    }

    private string ReadBytes(int count)
    {
        byte[] bytes = new byte[count];
        int done = 0;
        while (done < count)
        {
            Fill();
            int part = Math.Min(count - done, _end - _start);
            Array.Copy(_buffer, _start, bytes, done, part);
            _start += part;
            done += part;
        }

        return Encoding.Latin1.GetString(bytes);
    }

    private byte ReadByte()
    {
        Fill();
        return _buffer[_start++];
    }

    private void Fill()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = _client.Socket.Receive(_buffer, 0, _buffer.Length, SocketFlags.None);
            if (_end == 0)
            {
                throw new EndOfStreamException("the node ended the connection");
            }
        }
    }
}
