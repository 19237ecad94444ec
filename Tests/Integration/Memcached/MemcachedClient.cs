using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>A client that speaks memcached's text protocol; bytes are characters of Latin-1. Every operation fails after a generous time
/// instead of hanging.</summary>
internal sealed class MemcachedClient : IDisposable
{
    private readonly Client _client;
    private readonly byte[] _buffer = new byte[65536];
    private int _start;
    private int _end;

    /// <summary>Connects to the last address that a node said it listens on, which is that of --memcached.</summary>
    public MemcachedClient(NodeUnderTest node)
        : this(new IPEndPoint(IPAddress.Loopback, PortOf(node)))
    {
    }

    /// <summary>Connects to an address.</summary>
    public MemcachedClient(EndPoint address) => _client = new Client(address);

    public Socket Socket => _client.Socket;

    /// <summary>The port of --memcached.</summary>
    public static int PortOf(NodeUnderTest node)
    {
        if (node is InProcessNode inProcess)
        {
            return inProcess.Server.BoundAddresses[^1].Port;
        }

        string log = node.LogText;
        int ready = log.IndexOf("info ready on ", StringComparison.Ordinal);
        string addresses = log[ready..log.IndexOf(" after ", ready, StringComparison.Ordinal)];
        return int.Parse(addresses[(addresses.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Send(string text) => _client.Send(Encoding.Latin1.GetBytes(text));

    public void Send(ReadOnlySpan<byte> bytes) => _client.Send(bytes);

    /// <summary>The next line of a reply, without its end.</summary>
    public string Line()
    {
        StringBuilder line = new();
        while (true)
        {
            int one = ReadByte();
            if (one < 0)
            {
                throw new EndOfStreamException("the connection ended after: " + line);
            }

            if (one == '\n')
            {
                Assert.True(line.Length > 0 && line[^1] == '\r', "a line without CR: " + line);
                return line.ToString(0, line.Length - 1);
            }

            _ = line.Append((char)one);
        }
    }

    /// <summary>So many bytes of a reply.</summary>
    public string Bytes(int count)
    {
        StringBuilder bytes = new();
        while (bytes.Length < count)
        {
            int one = ReadByte();
            _ = one >= 0 ? bytes.Append((char)one) : throw new EndOfStreamException("the connection ended after: " + bytes);
        }

        return bytes.ToString();
    }

    /// <summary>Sends a request and returns the first line of its reply.</summary>
    public string Call(string request)
    {
        Send(request);
        return Line();
    }

    /// <summary>Stores a value.</summary>
    public string Set(string key, string value, int flags = 0, int time = 0, string verb = "set")
        => Call($"{verb} {key} {flags} {time} {value.Length}\r\n{value}\r\n");

    /// <summary>The value of a key, or null.</summary>
    public string? Get(string key)
    {
        string line = Call("get " + key + "\r\n");
        if (line == "END")
        {
            return null;
        }

        string value = Bytes(int.Parse(line.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("\r\n", Bytes(2));
        Assert.Equal("END", Line());
        return value;
    }

    /// <summary>Sends requests, and returns all that is answered before the answer to an mn that follows them; line ends as in C.</summary>
    public string Exchange(string requests)
    {
        Send(requests + "mn\r\n");
        using MemoryStream all = new();
        do
        {
            if (_start == _end)
            {
                _start = 0;
                _end = _client.Socket.Receive(_buffer);
                Assert.True(_end > 0, "the connection ended after: " + Encoding.Latin1.GetString(all.ToArray()));
            }

            all.Write(_buffer, _start, _end - _start);
            _start = _end;
        }
        while (!EndsWithMark(all.GetBuffer().AsSpan(0, (int)all.Length)));
        return Encoding.Latin1.GetString(all.GetBuffer(), 0, (int)all.Length - "MN\r\n".Length);
    }

    /// <summary>Everything up to the end of the stream.</summary>
    public string ToEnd()
    {
        StringBuilder all = new();
        int one;
        while ((one = ReadByte()) >= 0)
        {
            _ = all.Append((char)one);
        }

        return all.ToString();
    }

    public void Dispose() => _client.Dispose();

    private static bool EndsWithMark(ReadOnlySpan<byte> all) => all.EndsWith("\nMN\r\n"u8) || all.SequenceEqual("MN\r\n"u8);

    private int ReadByte()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = _client.Socket.Receive(_buffer);
            if (_end == 0)
            {
                return -1;
            }
        }

        return _buffer[_start++];
    }
}
