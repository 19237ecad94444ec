using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The listening sockets, and the admission of new connections. Out of descriptors or memory it pauses until a connection is closed. Event
/// loop only, unless a member says otherwise.
/// </summary>
/// <param name="server">The server.</param>
/// <param name="thread">The loop's.</param>
/// <param name="firstToken">The epoll token of the first listening socket; the others' follow it.</param>
internal sealed unsafe class Acceptor(Server server, ThreadContext thread, ulong firstToken)
{
    /// <summary>Milliseconds after which accepting is tried again when no connection was closed.</summary>
    public const int PauseMilliseconds = 100;

    private const int MostPerTurn = 64;

    private ListeningSocket[] _listeners = [];

    // How many of them are open.
    private int _listening;
    private bool _paused;
    private bool _pauseLogged;
    private bool _descriptorFreed;
    private long _resumeTime;

    /// <summary>The addresses really bound (port 0 replaced by the port the kernel chose).</summary>
    public SocketAddress[] BoundAddresses { get; private set; } = [];

    /// <summary>Those of them whose connections begin with a protocol.</summary>
    public SocketAddress[] BoundFor(int protocol)
    {
        SocketAddress[] addresses = [];
        for (int i = 0; i < _listening; i++)
        {
            if (server.Options.FirstProtocols[_listeners[i].Place] == protocol)
            {
                addresses = [.. addresses, _listeners[i].Address];
            }
        }

        return addresses;
    }

    /// <summary>Whether nothing is accepted just now. Any thread.</summary>
    public bool IsPaused => Volatile.Read(ref _paused); // pairs with Pause and Resume

    /// <summary>The <see cref="ServerOptions.KeepAliveSeconds"/> that are in force.</summary>
    public int KeepAlive { get; private set; }

    /// <summary>Opens and registers all listening sockets.</summary>
    /// <returns>False with a message for the user.</returns>
    public bool Listen(out string error)
    {
        int port = 0;
        error = string.Empty;
        KeepAlive = server.Options.KeepAliveSeconds;
        SocketAddress[] addresses = server.Options.Addresses;
        _listeners = new ListeningSocket[addresses.Length];
        for (int place = 0; place < addresses.Length; place++)
        {
            SocketAddress wanted = addresses[place];
            SocketAddress address = wanted;
            if (place > 0 && server.Options.FirstProtocols[place] != server.Options.FirstProtocols[place - 1])
            {
                // Another protocol's addresses have a port of their own.
                port = 0;
            }

            if (address.Port == 0 && address.Family != SocketAddress.FamilyUnix)
            {
                // Several addresses with port 0 share the port that the kernel chose for the first.
                address.Port = port;
            }

            int descriptor = server.Options.Inherited[place];
            FileStatus file = default;
            bool isInherited = descriptor >= 0;
            if (isInherited)
            {
                Listener.Adopt(descriptor, address, server.Options);
            }
            else
            {
                descriptor = Listener.Open(ref address, server.Options, out file);
            }

            if (descriptor < 0)
            {
                error = Listener.Explain(wanted, descriptor);
                if (IsOnlyVersion6Missing(wanted, descriptor))
                {
                    continue;
                }

                Close();
                return false;
            }

            port = address.Port == 0 ? port : address.Port;
            _listeners[_listening] = new ListeningSocket
            {
                Descriptor = descriptor,
                Place = place,
                Address = address,
                IsInherited = isInherited,
                File = file,
            };
            int result = Watch(descriptor, _listening++);
            if (result < 0)
            {
                error = "cannot watch " + address + ": " + Errno.Describe(result);
                Close();
                return false;
            }
        }

        BoundAddresses = new SocketAddress[_listening];
        for (int i = 0; i < _listening; i++)
        {
            BoundAddresses[i] = _listeners[i].Address;
        }

        if (_listening > 0 && error.Length > 0)
        {
            server.Log(4, error + "; the other addresses are served");
        }

        return _listening > 0;
    }

    /// <summary>A connection was closed: accepting may be possible again. Any thread.</summary>
    public void ConnectionClosed()
    {
        if (IsPaused || server.IsStopping) // pairs with Pause
        {
            Volatile.Write(ref _descriptorFreed, true); // pairs with ResumeWhenDue
            server.Loop.Wake();
        }
    }

    /// <summary>Accepts what waits at the listening sockets that are about to be closed for good: what waits at the others is left to
    /// the next process that is started with them.</summary>
    public void AcceptLast()
    {
        for (int listener = 0; listener < _listening; listener++)
        {
            if (!_listeners[listener].IsInherited)
            {
                Accept(listener);
            }
        }
    }

    /// <summary>Accepts what waits at one, up to a limit.</summary>
    public void Accept(int listener)
    {
        for (int i = 0; i < MostPerTurn && listener < _listening && !_paused; i++)
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
                    Pause(descriptor);
                    return;
                default:
                    // ECONNABORTED, EPROTO, EINTR and network errors of a connection that is gone already: the next one may be well.
                    continue;
            }
        }
    }

    /// <summary>Accepts again, after a pause, when a connection was closed, or some time has passed.</summary>
    public void ResumeWhenDue(long now)
    {
        if (now < _resumeTime && !Volatile.Read(ref _descriptorFreed)) // pairs with ConnectionClosed
        {
            return;
        }

        Volatile.Write(ref _paused, false); // pairs with ConnectionClosed
        for (int i = 0; i < _listening; i++)
        {
            _ = Watch(_listeners[i].Descriptor, i);
        }
    }

    /// <summary>Puts <see cref="ServerOptions.KeepAliveSeconds"/> in force.</summary>
    public void SetKeepAlive()
    {
        KeepAlive = server.Options.KeepAliveSeconds;
        for (int i = 0; i < _listening; i++)
        {
            if (_listeners[i].Address.Family != SocketAddress.FamilyUnix)
            {
                Socket.KeepAlive(_listeners[i].Descriptor, KeepAlive);
            }
        }
    }

    /// <summary>Closes all listening sockets.</summary>
    public void Close()
    {
        for (int i = 0; i < _listening; i++)
        {
            if (_listeners[i].IsInherited)
            {
                // Closing alone would not end the watch: the socket stays open elsewhere.
                _ = Epoll.DeleteDescriptor(server.Poller.EpollDescriptor, _listeners[i].Descriptor);
            }

            Listener.RemovePath(_listeners[i].Address, _listeners[i].File);
            Descriptor.Close(_listeners[i].Descriptor);
        }

        _listening = 0;
    }

    // "All addresses" and loopback of IPv6 on a machine without it: no loss to anybody when there is another address.
    private static bool IsOnlyVersion6Missing(SocketAddress address, int error)
        => error is -Errno.NoAddressFamily or -Errno.AddressNotAvailable && address.Family == SocketAddress.FamilyIPv6
            && address.Host() is "::" or "::1";

    private void Admit(int descriptor, int listener)
    {
        int place = _listeners[listener].Place;
        byte protocol = server.Options.FirstProtocols[place];
        int index = server.Connections.Open < server.Options.MaxClients ? server.Connections.Take() : -1;
        if (index < 0)
        {
            thread.Counters->Rejected++;
            byte[] text = protocol < server.Options.RejectReplies.Length ? server.Options.RejectReplies[protocol] : [];
            fixed (byte* reply = text)
            {
                _ = Socket.Send(descriptor, reply, text.Length, 0);
            }

            Descriptor.Close(descriptor);
            return;
        }

        ConnectionBeginning begin = new() { Descriptor = descriptor, Listener = (byte)place, Protocol = protocol };
        int result = ConnectionOpening.Open(server, index, begin, out _);
        if (result < 0)
        {
            Pause(result);
            return;
        }

        thread.Counters->Accepted++;
        if (server.Options.ConnectionSeen != null)
        {
            server.Options.ConnectionSeen(false);
        }
    }

    private void Pause(int error)
    {
        // Level-triggered and out of descriptors, the listener would make the loop spin: stop watching it.
        Volatile.Write(ref _descriptorFreed, false); // pairs with ConnectionClosed, which acts only while accepting is paused
        for (int i = 0; i < _listening; i++)
        {
            _ = Epoll.DeleteDescriptor(server.Poller.EpollDescriptor, _listeners[i].Descriptor);
        }

        Volatile.Write(ref _paused, true); // pairs with ConnectionClosed
        _resumeTime = thread.Started + (PauseMilliseconds * 1_000_000L);
        thread.Counters->AcceptPauses++;
        if (!_pauseLogged)
        {
            _pauseLogged = true;
            server.Log(4, "cannot accept connections: " + Errno.Describe(error)
                + "; trying again as connections close (raise the limit of open files: ulimit -n, LimitNOFILE=)");
        }
    }

    private int Watch(int descriptor, int listener)
        => Epoll.AddDescriptor(server.Poller.EpollDescriptor, descriptor, Epoll.In, firstToken + (ulong)listener);
}
