using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>Listening sockets and accepting.</content>
internal sealed unsafe partial class EventLoop
{
    private const int AcceptPerTurn = 64;
    private const int AcceptPauseMilliseconds = 100;

    private ListeningSocket[] _listeners = [];

    // How many of them are open.
    private int _listening;
    private bool _acceptPaused;
    private bool _acceptPauseLogged;
    private bool _descriptorFreed;
    private long _acceptAgain;
    private int _keepAlive;

    /// <summary>The addresses really bound.</summary>
    public SocketAddress[] BoundAddresses { get; private set; } = [];

    /// <summary>Opens and registers all listening sockets.</summary>
    public bool Listen(out string error)
    {
        int port = 0;
        error = string.Empty;
        _keepAlive = _server.Options.KeepAliveSeconds;
        SocketAddress[] addresses = _server.Options.Addresses;
        _listeners = new ListeningSocket[addresses.Length];
        for (int place = 0; place < addresses.Length; place++)
        {
            SocketAddress wanted = addresses[place];
            SocketAddress address = wanted;
            if (address.Port == 0 && address.Family != SocketAddress.FamilyUnix)
            {
                // Several addresses with port 0 share the port that the kernel chose for the first.
                address.Port = port;
            }

            int descriptor = Listener.Open(ref address, _server.Options, out FileStatus file);
            if (descriptor < 0)
            {
                error = Listener.Explain(wanted, descriptor);
                if (IsOnlyVersion6Missing(wanted, descriptor))
                {
                    continue;
                }

                CloseListeners();
                return false;
            }

            port = address.Port == 0 ? port : address.Port;
            int result = Epoll.AddDescriptor(_server.Poller.EpollDescriptor, descriptor, Epoll.In, ListenerToken + (ulong)_listening);
            if (result < 0)
            {
                error = "cannot watch " + address + ": " + Errno.Describe(result);
                return false;
            }

            _listeners[_listening++] = new ListeningSocket { Descriptor = descriptor, Place = place, Address = address, File = file };
        }

        BoundAddresses = new SocketAddress[_listening];
        for (int i = 0; i < _listening; i++)
        {
            BoundAddresses[i] = _listeners[i].Address;
        }

        if (_listening > 0 && error.Length > 0)
        {
            _server.Log(4, error + "; the other addresses are served");
        }

        return _listening > 0;
    }

    // "All addresses" and loopback of IPv6 on a machine without it: no loss to anybody when there is another address.
    private static bool IsOnlyVersion6Missing(SocketAddress address, int error)
        => error is -Errno.NoAddressFamily or -Errno.AddressNotAvailable && address.Family == SocketAddress.FamilyIPv6 && address.Host() is "::" or "::1";

    private void Accept(int listener)
    {
        for (int i = 0; i < AcceptPerTurn && listener < _listening && !_acceptPaused; i++)
        {
            int descriptor = Socket.Accept(_listeners[listener].Descriptor);
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
        uint now = _server.Milliseconds(Turn.Started);
        slot->Descriptor = descriptor;
        slot->Protocol = 0;
        slot->Listener = (byte)_listeners[listener].Place;
        slot->Flags = ConnectionFlags.None;
        slot->Identifier = _server.NextIdentifier();
        slot->Created = now;
        slot->LastActive = now;
        slot->LastProgress = now;
        slot->Needed = 0;
        slot->Held = 0;
        new System.Span<byte>(slot->ProtocolState, ConnectionSlot.ProtocolBytes).Clear();

        // Opened last: until then nobody can queue or kill it, and its events wait for this thread.
        ulong token = ConnectionTable.Token(ConnectionState.NextGeneration(&slot->State), index);
        int result = _server.Poller.Register(descriptor, token);
        if (result < 0)
        {
            slot->Descriptor = -1;
            Descriptor.Close(descriptor);
            _server.Connections.Return(index);
            PauseAccepting(result);
            return;
        }

        slot->Mailbox = null; // not before: a slot that goes back takes no messages
        _server.Connections.NoteGivenUp(token);
        ConnectionState.Open(&slot->State);
        Turn.Counters->Accepted++;
        if (_server.Options.ConnectionSeen != null)
        {
            _server.Options.ConnectionSeen(false);
        }

        if (Volatile.Read(ref *(nint*)&slot->Mailbox) != 0) // pairs with Server.Post: one of the two sees the other
        {
            // A message for the slot's last connection, which somebody posted when the mailbox was open again and the slot was not.
            _server.WakeForMail(token);
        }
    }

    private void PauseAccepting(int error)
    {
        // Level-triggered and out of descriptors, the listener would make the loop spin: stop watching it.
        Volatile.Write(ref _descriptorFreed, false); // pairs with ConnectionClosed, which acts only while accepting is paused
        for (int i = 0; i < _listening; i++)
        {
            _ = Epoll.DeleteDescriptor(_server.Poller.EpollDescriptor, _listeners[i].Descriptor);
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
        for (int i = 0; i < _listening; i++)
        {
            _ = Epoll.AddDescriptor(_server.Poller.EpollDescriptor, _listeners[i].Descriptor, Epoll.In, ListenerToken + (ulong)i);
        }
    }

    private void SetKeepAlive()
    {
        _keepAlive = _server.Options.KeepAliveSeconds;
        for (int i = 0; i < _listening; i++)
        {
            if (_listeners[i].Address.Family != SocketAddress.FamilyUnix)
            {
                Socket.KeepAlive(_listeners[i].Descriptor, _keepAlive);
            }
        }
    }

    private void CloseListeners()
    {
        for (int i = 0; i < _listening; i++)
        {
            Listener.RemovePath(_listeners[i].Address, _listeners[i].File);
            Descriptor.Close(_listeners[i].Descriptor);
        }

        _listening = 0;
    }
}
