using System;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// A RESP server of a few lines that can misbehave: every request (counted by its '*') gets an answer of the test's choosing.
/// </summary>
internal sealed class BenchTestServer : IDisposable
{
    private readonly ConnectionListener _listener;
    private readonly Func<int, string?> _answer;
    private int _requests;

    /// <param name="answer">The answer to request number n of all connections, from 0; null closes the connection.</param>
    public BenchTestServer(Func<int, string?> answer)
    {
        _answer = answer;
        _listener = new ConnectionListener(Serve);
    }

    public string Address => "127.0.0.1:" + _listener.Port;

    public int Connections => _listener.Accepted;

    public void Dispose() => _listener.Dispose();

    private void Serve(Socket client)
    {
        byte[] input = new byte[1 << 16];
        int count;
        while ((count = client.Receive(input)) > 0)
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

            _ = client.Send(Encoding.Latin1.GetBytes(replies.ToString()));
        }
    }
}
