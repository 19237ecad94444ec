using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Opens listening sockets.</summary>
internal static class Listener
{
    /// <summary>A bound, listening, non-blocking socket, or −errno. The address gets the port the kernel chose.</summary>
    public static int Open(ref SocketAddress address, ServerOptions options)
    {
        int descriptor = Socket.Create(address.Family);
        if (descriptor < 0)
        {
            return descriptor;
        }

        if (address.Family == SocketAddress.FamilyUnix)
        {
            RemoveStale(address);
        }
        else
        {
            // Accepted sockets inherit these on Linux: no system call per connection.
            Socket.ReuseAddress(descriptor);
            Socket.NoDelay(descriptor);
            if (options.KeepAliveSeconds > 0)
            {
                Socket.KeepAlive(descriptor, options.KeepAliveSeconds);
            }

            if (address.Family == SocketAddress.FamilyIPv6)
            {
                Socket.Version6Only(descriptor);
            }
        }

        int result = Socket.Bind(descriptor, ref address);
        result = result < 0 ? result : Socket.Listen(descriptor, options.Backlog);
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

    /// <summary>What went wrong with an address, and what to do.</summary>
    public static string Explain(SocketAddress address, int error)
    {
        string advice = -error switch
        {
            Errno.AddressInUse => "; another program listens there, or an earlier node still runs: choose another --port or stop it",
            Errno.AddressNotAvailable => "; --bind must name an address of this machine (see: ip address)",
            Errno.AccessDenied => "; ports below 1024 need a privilege, and a unix: path a folder that may be written to",
            _ => string.Empty,
        };
        return "cannot listen on " + address + ": " + Errno.Describe(error) + advice;
    }

    /// <summary>Removes the path of a Unix-domain socket that this process bound.</summary>
    public static void RemovePath(SocketAddress address)
    {
        if (address.Family == SocketAddress.FamilyUnix)
        {
            _ = Files.Remove(address.ToString()["unix:".Length..]);
        }
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
            RemovePath(address);
        }

        Descriptor.Close(probe);
    }
}
