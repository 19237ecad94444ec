using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text;
using System.Threading;

using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// A node on a real socket that does what is recorded of the C program, and
/// notes everything that would harm it; or, told so, a plain node of ours.
/// </summary>
internal sealed partial class RingFakeNode : IDisposable
{
    private readonly bool _original;
    private readonly Dictionary<string, byte[]> _store = [];
    private ConnectionListener? _listener;

    public RingFakeNode(bool original, int port = 0)
    {
        _original = original;
        Port = port;
        Start();
    }

    /// <summary>Where it listens; stays the same when it is stopped and started.</summary>
    public int Port { get; private set; }

    /// <summary>What was done to it that the C program does not survive.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>The frames received, as "PUT key=value".</summary>
    public List<string> Log { get; } = [];

    /// <summary>Files it sends.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Takes requests and never answers.</summary>
    public bool Mute { get; set; }

    /// <summary>Closes instead of answering.</summary>
    public bool Rude { get; set; }

    /// <summary>Sends so many bytes of a file, then nothing for a while, then the rest.</summary>
    public int PauseAt { get; set; }

    /// <summary>Stops in the middle of a file.</summary>
    public bool Cut { get; set; }

    public string? this[string key]
    {
        get
        {
            lock (_store)
            {
                return _store.TryGetValue(key, out byte[]? value) ? Encoding.Latin1.GetString(value) : null;
            }
        }

        set
        {
            lock (_store)
            {
                if (value is null)
                {
                    _ = _store.Remove(key);
                }
                else
                {
                    _store[key] = Encoding.Latin1.GetBytes(value);
                }
            }
        }
    }

    public static PeerAddress[] Ring(params RingFakeNode[] nodes)
    {
        PeerAddress[] ring = new PeerAddress[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            ring[i] = new PeerAddress(i + 1, "127.0.0.1", nodes[i].Port, i + 1);
        }

        return ring;
    }

    public void Start()
    {
        _listener = new ConnectionListener(Serve, Port);
        Port = _listener.Port;
    }

    /// <summary>As kill -9: connections break, memory is lost.</summary>
    public void Stop()
    {
        _listener?.Dispose();
        _listener = null;
        lock (_store)
        {
            _store.Clear();
        }
    }

    public void Dispose() => Stop();

    private void Serve(Socket connection)
    {
        byte[] frame = new byte[CsFrame.Size];
        while (true)
        {
            for (int received = 0; received < CsFrame.Size;)
            {
                int count = connection.Receive(frame, received, CsFrame.Size - received, SocketFlags.None);
                if (count == 0)
                {
                    Violate("closed without a reset");
                    return;
                }

                received += count;
            }

            if (Rude)
            {
                connection.Close(0);
                return;
            }

            if (_original)
            {
                Check(connection, frame);
            }

            if (!Mute)
            {
                byte[] answer = Answer(frame);
                int first = CsFrame.Command(frame) == CsFrame.PeerRequest ? Math.Min(PauseAt, answer.Length) : 0;
                _ = connection.Send(answer, first, SocketFlags.None);
                Thread.Sleep(first > 0 ? 500 : 0);
                _ = connection.Send(answer, first, answer.Length - first, SocketFlags.None);
            }

            if (Cut && CsFrame.Command(frame) == CsFrame.PeerRequest)
            {
                connection.Close(0);
                return;
            }
        }
    }

    private void Check(Socket connection, byte[] frame)
    {
        if (!CsFrame.HasMagic(frame) || CsFrame.Command(frame) is not (CsFrame.Put or CsFrame.Get or CsFrame.Delete or CsFrame.PeerRequest))
        {
            Violate("not a frame of the C program");
        }

        if (CsFrame.Flags(frame) != 0 || CsFrame.Status(frame) is not (0 or CsFrame.Ok))
        {
            Violate("a flag or status that it does not know");
        }

        if (CsFrame.Key(frame).Length > 127 || CsFrame.Value(frame).Length > 127)
        {
            Violate("a length that it takes for negative");
        }

        Thread.Sleep(1);
        if (connection.Available > (CsFrame.Command(frame) == CsFrame.PeerRequest ? CsFrame.Size : 0))
        {
            Violate("a second request before the first was answered");
        }
    }

    private void Violate(string what)
    {
        if (_original)
        {
            lock (_store)
            {
                Violations.Add(what);
            }
        }
    }
}
