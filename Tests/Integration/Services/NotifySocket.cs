using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit.Sdk;

namespace Epollsrv.Tests.Integration.Services;

/// <summary>The socket on which systemd takes the messages of services.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly byte[] _buffer = new byte[65536];

    public NotifySocket(bool isAbstract = false)
    {
        Name = isAbstract ? "@epollsrv-test-" + Guid.NewGuid().ToString("N") : _folder["notify"];
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + Name[1..] : Name));
        _socket.ReceiveTimeout = Patience.Milliseconds;
    }

    /// <summary>The value of NOTIFY_SOCKET.</summary>
    public string Name { get; }

    /// <summary>The wrapper that gives a node this socket, and variables of the form NAME=VALUE.</summary>
    public string[] Wrapper(params string[] variables) => ["env", "NOTIFY_SOCKET=" + Name, .. variables];

    /// <summary>The lines of the next message.</summary>
    public List<string> Next() => [.. Encoding.UTF8.GetString(_buffer, 0, _socket.Receive(_buffer)).Split('\n')];

    /// <summary>The next message with such a line; others are left out.</summary>
    public List<string> NextWith(string line)
    {
        for (int i = 0; i < 1000; i++)
        {
            List<string> lines = Next();
            if (lines.Contains(line))
            {
                return lines;
            }
        }

        throw new XunitException("no message with " + line);
    }

    /// <summary>Whether no message with such a line comes for so long.</summary>
    public bool IsSilent(string line, int milliseconds)
    {
        long end = Environment.TickCount64 + milliseconds;
        while (true)
        {
            int left = (int)(end - Environment.TickCount64);
            if (left <= 0 || !_socket.Poll(left * 1000, SelectMode.SelectRead))
            {
                return true;
            }

            if (Next().Contains(line))
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _folder.Dispose();
    }
}
