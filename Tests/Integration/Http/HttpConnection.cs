using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>One connection that speaks HTTP by hand: whatever bytes a test wants, and replies read strictly.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Client _client;
    private readonly List<byte> _read = [];

    public HttpConnection(NodeUnderTest node, int receiveBuffer = 0) => _client = node.Connect(receiveBuffer);

    public HttpConnection(System.Net.EndPoint address) => _client = new Client(address);

    public Client Client => _client;

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A request without a body.</summary>
    public HttpReply Get(string path, string fields = "", string method = "GET")
        => Exchange(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n", method == "HEAD");

    /// <summary>A request with a body.</summary>
    public HttpReply Put(string path, byte[] body, string fields = "", string method = "PUT")
    {
        Send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.Length.ToString(CultureInfo.InvariantCulture)
            + "\r\n" + fields + "\r\n");
        _client.Send(body);
        return Read();
    }

    /// <summary>Sends bytes (Latin-1) and reads one reply.</summary>
    public HttpReply Exchange(string request, bool head = false)
    {
        Send(request);
        return Read(head);
    }

    public void Send(string bytes) => _client.Send(Bytes(bytes));

    /// <summary>Reads one reply; <paramref name="head"/>: it answers HEAD and has no body.</summary>
    public HttpReply Read(bool head = false)
    {
        int end;
        while ((end = FindEnd()) < 0)
        {
            Fill();
        }

        string text = Encoding.Latin1.GetString([.. _read[..end]]);
        _read.RemoveRange(0, end + 4);
        string[] lines = text.Split("\r\n");
        Assert.Matches("^HTTP/1\\.1 [1-5][0-9][0-9] [A-Za-z ]+$", lines[0]);
        int status = int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture);
        Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            Assert.True(colon > 0, line);
            string name = line[..colon];
            Assert.True(name == "WWW-Authenticate" || !fields.ContainsKey(name), "twice: " + name);
            fields[name] = fields.TryGetValue(name, out string? before) ? before + ", " + line[(colon + 2)..] : line[(colon + 2)..];
        }

        bool none = status is 100 or 204 or 304;
        Assert.Equal(!none, fields.ContainsKey("Content-Length"));
        int length = none || head ? 0 : int.Parse(fields["Content-Length"], CultureInfo.InvariantCulture);
        while (_read.Count < length)
        {
            Fill();
        }

        byte[] body = [.. _read[..length]];
        _read.RemoveRange(0, length);
        return new HttpReply(status, fields, body, text);
    }

    /// <summary>Whether the node closes the connection now, with nothing unread before.</summary>
    public bool IsClosed() => _read.Count == 0 && _client.EndsWithin();

    /// <summary>Whether nothing has come and nothing comes within the time.</summary>
    public bool IsSilent(int milliseconds = 150)
    {
        if (_read.Count > 0)
        {
            return false;
        }

        _client.Socket.ReceiveTimeout = milliseconds;
        try
        {
            Fill();
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
        finally
        {
            _client.Socket.ReceiveTimeout = Patience.Milliseconds;
        }
    }

    public void Dispose() => _client.Dispose();

    private int FindEnd()
    {
        for (int i = 3; i < _read.Count; i++)
        {
            if (_read[i] == '\n' && _read[i - 1] == '\r' && _read[i - 2] == '\n' && _read[i - 3] == '\r')
            {
                return i - 3;
            }
        }

        return -1;
    }

    private void Fill()
    {
        byte[] buffer = new byte[65536];
        int count = _client.Socket.Receive(buffer);
        if (count == 0)
        {
            throw new EndOfStreamException("the connection ended; unread: " + Encoding.Latin1.GetString([.. _read]));
        }

        _read.AddRange(buffer.AsSpan(0, count));
    }
}
