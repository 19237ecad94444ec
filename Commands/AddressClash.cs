using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary>Finds addresses that the options name twice: the system would only say that the address is in use.</summary>
internal static class AddressClash
{
    /// <summary>Finds the first such address.</summary>
    /// <param name="engine">Has the addresses: those of --bind and --port, of --admin-port, of --memcached.</param>
    /// <param name="bound">How many are of --bind and --port.</param>
    /// <param name="admin">Where those of --admin-port end.</param>
    /// <returns>Null, or the options, the address and what to do.</returns>
    public static string? Find(ServerOptions engine, int bound, int admin)
    {
        ReadOnlySpan<SocketAddress> addresses = engine.Addresses;
        for (int second = 0; second < addresses.Length; second++)
        {
            for (int first = 0; first < second; first++)
            {
                // Two sockets that systemd passed are both open already and cannot clash.
                if (AreSame(addresses[first], addresses[second]) && (engine.Inherited[first] < 0 || engine.Inherited[second] < 0))
                {
                    (int own, int before) = engine.Inherited[second] < 0 ? (second, first) : (first, second);
                    string option = NameOf(own);
                    string other = engine.Inherited[before] >= 0 ? "a socket of systemd" : NameOf(before);
                    return option + ": " + addresses[second] + (option == other
                        ? " is there twice; name each address once"
                        : " is an address of " + other + " as well; give each an address or a port of its own");
                }
            }
        }

        return null;

        string NameOf(int place) => place < bound ? "--bind/--port" : place < admin ? "--admin-port" : "--memcached";
    }

    // IPv6 sockets are for IPv6 alone. Port 0 becomes any free one.
    private static bool AreSame(SocketAddress first, SocketAddress second)
        => first.Family == second.Family
            && (first.Family == SocketAddress.FamilyUnix ? first.ToString() == second.ToString()
                : first.Port == second.Port && first.Port != 0
                    && (first.Host() == second.Host() || IsAny(first) || IsAny(second)));

    private static bool IsAny(SocketAddress address) => address.Host() is "0.0.0.0" or "::";
}
