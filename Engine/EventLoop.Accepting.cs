using System.Collections.Generic;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>Listening sockets and accepting (engine.md §4).</content>
internal sealed unsafe partial class EventLoop
{
    private const int AcceptPerTurn = 64;
    private const int AcceptPauseMilliseconds = 100;

    private readonly List<SocketAddress> _bound = [];
    private readonly List<int> _listeners = [];
    private bool _acceptPaused;
    private bool _acceptPauseLogged;
    private bool _descriptorFreed;
    private long _acceptAgain;
    private int _keepAlive;

    /// <summary>The addresses really bound.</summary>
    public IReadOnlyList<SocketAddress> BoundAddresses => _bound;

    /// <summary>Opens and registers all listening sockets.</summary>
    public bool Listen(out string error)
    {
        int port = 0;
        _keepAlive = _server.Options.KeepAliveSeconds;
        foreach (SocketAddress wanted in _server.Options.Addresses)
        {
            SocketAddress address = wanted;
            if (address.Port == 0 && address.Family != SocketAddress.FamilyUnix)
            {
                // Several addresses with port 0 share the port that the kernel chose for the first.
                address.Port = port;
            }

            int descriptor = Listener.Open(ref address, _server.Options);
            if (descriptor < 0)
            {
                error = Listener.Explain(wanted, descriptor);
                CloseListeners();
                return false;
            }

            port = address.Port == 0 ? port : address.Port;
            int result = Epoll.AddDescriptor(_server.Poller.EpollDescriptor, descriptor, Epoll.In, ListenerToken + (ulong)_listeners.Count);
            if (result < 0)
            {
                error = "cannot watch " + address + ": " + Errno.Describe(result);
                return false;
            }

            _listeners.Add(descriptor);
            _bound.Add(address);
        }

        error = string.Empty;
        return true;
    }

    private void Accept(int listener)
    {
        for (int i = 0; i < AcceptPerTurn && listener < _listeners.Count && !_acceptPaused; i++)
        {
            int descriptor = Socket.Accept(_listeners[listener]);
            if (descriptor >= 0)
            {
                Admit(descriptor, listener);
                continue;
            }

            switch (-descriptor)
            {
                case Errno.Again:
                    return;
                case Errno.TooManyFiles or Errno.TooManyFilesSystem or Errno.NoBuffers or Errno.NoMemory:
                    PauseAccepting(descriptor);
                    return;
                default:
                    // ECONNABORTED, EPROTO, EINTR and network errors of a connection that is gone already: the next one may be well.
                    continue;
            }
        }
    }

    private void Admit(int descriptor, int listener)
    {
        int index = _server.Connections.Open < _server.Options.MaxClients ? _server.Connections.Take() : -1;
        if (index < 0)
        {
            Turn.Counters->Rejected++;
            fixed (byte* reply = _server.Options.RejectReply)
            {
                _ = Socket.Send(descriptor, reply, _server.Options.RejectReply.Length, 0);
            }

            Descriptor.Close(descriptor);
            return;
        }

        ConnectionSlot* slot = _server.Connections.At(index);
        uint generation = ConnectionState.Generation(Volatile.Read(ref slot->State)); // the slot is ours: pairs with ConnectionState.Close
        uint now = _server.Milliseconds(Turn.Started);
        slot->Descriptor = descriptor;
        slot->Protocol = 0;
        slot->Listener = (byte)listener;
        slot->Flags = ConnectionFlags.None;
        slot->Identifier = _server.NextIdentifier();
        slot->Created = now;
        slot->LastActive = now;
        slot->LastProgress = now;
        slot->Needed = 0;
        new System.Span<byte>(slot->ProtocolState, ConnectionSlot.ProtocolBytes).Clear();
        ConnectionState.Open(&slot->State, generation);
        int result = _server.Poller.Register(descriptor, ConnectionTable.Token(generation, index));
        if (result < 0)
        {
            _ = ConnectionState.Close(&slot->State);
            slot->Descriptor = -1;
            Descriptor.Close(descriptor);
            _server.Connections.Return(index);
            PauseAccepting(result);
            return;
        }

        Turn.Counters->Accepted++;
    }

    private void PauseAccepting(int error)
    {
        // Level-triggered and out of descriptors, the listener would make the loop spin: stop watching it.
        Volatile.Write(ref _descriptorFreed, false); // pairs with ConnectionClosed, which acts only while accepting is paused
        foreach (int listener in _listeners)
        {
            _ = Epoll.DeleteDescriptor(_server.Poller.EpollDescriptor, listener);
        }

        Volatile.Write(ref _acceptPaused, true); // pairs with ConnectionClosed
        _acceptAgain = Turn.Started + (AcceptPauseMilliseconds * 1_000_000L);
        Turn.Counters->AcceptPauses++;
        if (!_acceptPauseLogged)
        {
            _acceptPauseLogged = true;
            _server.Log(4, "cannot accept connections: " + Errno.Describe(error) + "; trying again as connections close (raise the limit of open files: ulimit -n, LimitNOFILE=)");
        }
    }

    private void ResumeAccepting()
    {
        Volatile.Write(ref _acceptPaused, false); // pairs with ConnectionClosed
        for (int i = 0; i < _listeners.Count; i++)
        {
            _ = Epoll.AddDescriptor(_server.Poller.EpollDescriptor, _listeners[i], Epoll.In, ListenerToken + (ulong)i);
        }
    }

    private void SetKeepAlive()
    {
        _keepAlive = _server.Options.KeepAliveSeconds;
        for (int i = 0; i < _listeners.Count; i++)
        {
            if (_bound[i].Family != SocketAddress.FamilyUnix)
            {
                Socket.KeepAlive(_listeners[i], _keepAlive);
            }
        }
    }

    private void CloseListeners()
    {
        for (int i = 0; i < _listeners.Count; i++)
        {
            Descriptor.Close(_listeners[i]);
            Listener.RemovePath(_bound[i]);
        }

        _listeners.Clear();
    }
}
