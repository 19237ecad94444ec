using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Opens listening sockets.</summary>
internal static class Listener
{
    private const int LockAttempts = 200;

    /// <summary>A bound, listening, non-blocking socket, or −errno. The address gets the port the kernel chose.</summary>
    /// <param name="address">Where.</param>
    /// <param name="options">How.</param>
    /// <param name="file">What lies at the path of a Unix-domain socket now: <see cref="RemovePath"/> wants it.</param>
    public static int Open(ref SocketAddress address, ServerOptions options, out FileStatus file)
    {
        file = default;
        int descriptor = Socket.Create(address.Family);
        if (descriptor < 0)
        {
            return descriptor;
        }

        int result;
        if (address.Family == SocketAddress.FamilyUnix)
        {
            result = OpenPath(descriptor, ref address, options, out file);
        }
        else
        {
            Socket.ReuseAddress(descriptor);
            Prepare(descriptor, options);
            if (address.Family == SocketAddress.FamilyIPv6)
            {
                Socket.Version6Only(descriptor);
            }

            result = BindAndListen(descriptor, ref address, options);
        }

        if (result < 0)
        {
            Descriptor.Close(descriptor);
            return result;
        }

        if (address.Family != SocketAddress.FamilyUnix)
        {
            _ = Socket.LocalAddress(descriptor, out address);
        }

        return descriptor;
    }

    /// <summary>Makes a listening socket that the process was started with behave as those that <see cref="Open"/> opens.</summary>
    public static void Adopt(int descriptor, SocketAddress address, ServerOptions options)
    {
        Descriptor.Adopt(descriptor);
        if (address.Family != SocketAddress.FamilyUnix)
        {
            Prepare(descriptor, options);
        }
    }

    /// <summary>What went wrong with an address, and what to do.</summary>
    public static string Explain(SocketAddress address, int error)
    {
        string advice = -error switch
        {
            Errno.AddressInUse when address.Family == SocketAddress.FamilyUnix
                && Files.StatusOf(address.UnixPath(), out FileStatus file) == 0 && !file.IsSocket =>
                "; a file is there that is no socket: choose another path or remove it",
            Errno.NoEntry => "; make the folder that the socket is to be in",
            Errno.NotDirectory => "; a part of its path is a file: choose another path or move the file away",
            Errno.AddressInUse => "; another program listens there, or an earlier node still runs: choose another port or path, or stop it",
            Errno.NoAddressFamily => "; leave the address out of --bind",
            Errno.AddressNotAvailable => "; --bind must name an address of this machine (see: ip address)",
            Errno.AccessDenied => "; ports below 1024 need a privilege, and a unix: path a folder that may be written to",
            _ => string.Empty,
        };
        return "cannot listen on " + address + ": " + Errno.Describe(error) + advice;
    }

    /// <summary>
    /// Removes the path of a Unix-domain socket, unless somebody has put another file there since. To be called while the socket still
    /// listens: another node that starts replaces only what nobody listens on.
    /// </summary>
    public static unsafe void RemovePath(SocketAddress address, FileStatus file)
    {
        if (file.IsSocket && Files.StatusAt(Files.CurrentFolder, address.Data + 2, out FileStatus now) == 0
            && now.Inode == file.Inode && now.Device == file.Device)
        {
            _ = Files.Remove(address.UnixPath());
        }
    }

    // Accepted sockets inherit these on Linux: no system call per connection.
    private static void Prepare(int descriptor, ServerOptions options)
    {
        Socket.NoDelay(descriptor);
        if (options.KeepAliveSeconds > 0)
        {
            Socket.KeepAlive(descriptor, options.KeepAliveSeconds);
        }
    }

    private static int BindAndListen(int descriptor, ref SocketAddress address, ServerOptions options)
    {
        int result = Socket.Bind(descriptor, ref address);
        if (result >= 0 && options.SocketMode >= 0 && address.Family == SocketAddress.FamilyUnix)
        {
            // Before it listens: nobody connects while the mode is still the umask's.
            result = Files.SetMode(address.UnixPath(), options.SocketMode);
        }

        return result < 0 ? result : Socket.Listen(descriptor, options.Backlog);
    }

    // Under a lock of the folder, which other nodes take as well: of several that start at once over a socket file that was left behind
    // only one replaces it, and none takes a socket for abandoned that is bound but does not listen yet.
    private static unsafe int OpenPath(int descriptor, ref SocketAddress address, ServerOptions options, out FileStatus file)
    {
        string path = address.UnixPath();
        int slash = path.LastIndexOf('/');
        int folder = Files.OpenFolder(slash < 0 ? "." : path[..(slash + 1)]);
        for (int i = 0; i < LockAttempts && folder >= 0 && Files.TryLock(folder) == -Errno.Again; i++)
        {
            _ = Descriptor.Poll(null, 0, 10);
        }

        RemoveStale(address);
        int result = BindAndListen(descriptor, ref address, options);
        file = default;
        if (result >= 0)
        {
            fixed (byte* name = address.Data)
            {
                _ = Files.StatusAt(Files.CurrentFolder, name + 2, out file);
            }
        }

        if (folder >= 0)
        {
            Descriptor.Close(folder);
        }

        return result;
    }

    // A socket file nobody listens on is left over from a process that was killed; one that answers is somebody else's, and so
    // is a file of another kind, for which connecting gives the same error: binding will say "address in use".
    private static unsafe void RemoveStale(SocketAddress address)
    {
        if (Files.StatusAt(Files.CurrentFolder, address.Data + 2, out FileStatus status) < 0 || !status.IsSocket)
        {
            return;
        }

        int probe = Socket.Create(SocketAddress.FamilyUnix);
        if (probe < 0)
        {
            return;
        }

        if (Socket.Connect(probe, ref address) == -Errno.ConnectionRefused)
        {
            RemovePath(address, status);
        }

        Descriptor.Close(probe);
    }
}
