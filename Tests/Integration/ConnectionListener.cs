using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// Accepts connections on loopback and serves each on a thread of its own. Its
/// end is that of a killed process: nobody listens, all connections are reset.
/// </summary>
internal sealed class ConnectionListener : IDisposable
{
    // Tests open hundreds of connections, and what serves them needs little.
    private const int StackBytes = 256 << 10;

    private readonly TcpListener _listener;
    private readonly Action<Socket> _serve;
    private readonly List<Socket> _connections = [];
    private bool _isOver;

    /// <summary>Listens.</summary>
    /// <param name="serve">Is given each connection; closed for it when it
    /// returns, or fails because the connection or the listener ends.</param>
    /// <param name="port">0: any.</param>
    public ConnectionListener(Action<Socket> serve, int port = 0)
    {
        _serve = serve;
        Port = port != 0 ? port : RingProcesses.FreePort();
        _listener = new TcpListener(IPAddress.Loopback, Port);

        // Who was stopped gets its port back although connections of before are in TIME_WAIT.
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        Begin(Accept);
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Connections accepted so far.</summary>
    public int Accepted
    {
        get
        {
            lock (_connections)
            {
                return _connections.Count;
            }
        }
    }

    public void Dispose()
    {
        _listener.Stop();
        lock (_connections)
        {
            _isOver = true;
            _connections.ForEach(static connection => connection.Close(0));
        }
    }

    private static void Begin(Action body)
        => new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception) when (
                exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // Ended by the peer, or by Dispose.
            }
            catch (Exception exception)
            {
                // The connection is closed, which the test sees; an exception that nobody catches would end all tests.
                Console.Error.WriteLine(exception);
            }
        }, StackBytes)
        { IsBackground = true }.Start();

    private void Accept()
    {
        while (true)
        {
            Socket connection = _listener.AcceptSocket();
            connection.NoDelay = true;
            lock (_connections)
            {
                if (_isOver)
                {
                    // Accepted when Dispose had closed all others already.
                    connection.Close(0);
                    return;
                }

                _connections.Add(connection);
            }

            Begin(() =>
            {
                using Socket own = connection;
                _serve(own);
            });
        }
    }
}
