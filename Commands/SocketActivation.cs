using System;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol;

namespace Epollsrv.Commands;

/// <summary>
/// Listening sockets that a service manager opened and passed to the process (systemd's socket activation, sd_listen_fds(3)). Their names
/// say what they are for: <c>memcached</c>, <c>admin</c>, and any other name for all other protocols.
/// </summary>
internal static class SocketActivation
{
    /// <summary>The name of sockets for memcached's clients.</summary>
    public const string Memcached = "memcached";

    /// <summary>The name of sockets for the status page, metrics and probes alone.</summary>
    public const string Admin = "admin";

    private const string CountVariable = "LISTEN_FDS";
    private const string ProcessVariable = "LISTEN_PID";
    private const string NamesVariable = "LISTEN_FDNAMES";
    private const int First = 3;
    private const int Most = 64;

    /// <summary>Checks the sockets that were passed.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Check()
    {
        int count = Count();
        if (count > Most)
        {
            return CountVariable + " passes more than " + ValueText.FormatInteger(Most)
                + " sockets; remove ListenStream= lines from the socket unit";
        }

        for (int descriptor = First; descriptor < First + count; descriptor++)
        {
            if (!Socket.IsListening(descriptor))
            {
                return "descriptor " + ValueText.FormatInteger(descriptor) + ", which " + CountVariable
                    + " passes, is no listening stream socket; a socket unit needs ListenStream= and Accept=no";
            }
        }

        return null;
    }

    /// <summary>Adds the sockets of one purpose to those that the node listens on.</summary>
    /// <param name="settings">Get them.</param>
    /// <param name="purpose"><see cref="Memcached"/>, <see cref="Admin"/>, or null for all others.</param>
    /// <returns>Whether there is one: what the options say of where to listen for this purpose does not count then.</returns>
    public static bool TryAdd(Settings settings, string? purpose)
    {
        int before = settings.Engine.Addresses.Length;
        string[] names = (ProcessText.Variable(NamesVariable) ?? string.Empty).Split(':');
        for (int i = 0; i < Count(); i++)
        {
            string name = i < names.Length ? names[i] : string.Empty;
            bool isOther = name is not (Memcached or Admin);
            if ((purpose is null ? isOther : name == purpose) && Socket.LocalAddress(First + i, out SocketAddress address) >= 0)
            {
                settings.Engine.ListenOn(address, purpose == Memcached ? ProtocolNumber.Memcached : 0, First + i);
            }
        }

        return settings.Engine.Addresses.Length > before;
    }

    // A number for another process was inherited from the one it was meant for.
    private static int Count()
        => ValueText.TryParseInteger(ProcessText.Variable(ProcessVariable) ?? string.Empty, out long process)
            && process == Environment.ProcessId
            && ValueText.TryParseInteger(ProcessText.Variable(CountVariable) ?? string.Empty, out long count) && count > 0
            ? (int)Math.Min(count, Most + 1) : 0;
}
