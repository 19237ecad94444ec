using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// A RESP server of a few lines that can misbehave: every request (counted by its '*') gets an answer of the test's choosing.
/// </summary>
internal sealed class BenchTestServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<int, string?> _answer;
    private int _requests;
    private int _connections;

    /// <param name="answer">The answer to request number n of all connections, from 0; null closes the connection.</param>
    public BenchTestServer(Func<int, string?> answer)
    {
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public string Address => _listener.LocalEndPoint!.ToString()!;

    public int Connections => Volatile.Read(ref _connections);

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket client = _listener.Accept();
                client.NoDelay = true;
                Interlocked.Increment(ref _connections);
                new Thread(() => Serve(client), 256 << 10) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private void Serve(Socket client)
    {
        using Socket own = client;
        byte[] input = new byte[1 << 16];
        try
        {
            int count;
            while ((count = own.Receive(input)) > 0)
            {
                StringBuilder replies = new();
                foreach (byte letter in input.AsSpan(0, count))
                {
                    if (letter != '*')
                    {
                        continue;
                    }

                    if (_answer(Interlocked.Increment(ref _requests) - 1) is not { } answer)
                    {
                        return;
                    }

                    _ = replies.Append(answer);
                }

                _ = own.Send(Encoding.Latin1.GetBytes(replies.ToString()));
            }
        }
        catch (SocketException)
        {
        }
    }
}
