using System;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol;

namespace Epollsrv.Commands;

/// <summary>Where <c>epollsrv serve --memcached</c> listens: at a port of all addresses of --bind, or at one address.</summary>
internal static class MemcachedListeners
{
    /// <summary>Adds them.</summary>
    /// <param name="options">The options.</param>
    /// <param name="settings">Get the addresses.</param>
    /// <param name="bound">How many of the addresses there are come from --bind.</param>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int Add(OptionSet options, Settings settings, int bound)
    {
        int first = settings.Engine.Addresses.Length;
        if (SocketActivation.TryAdd(settings, SocketActivation.Memcached))
        {
            settings.Memcached.Port = settings.Engine.Addresses[first].Port;
            return OptionSet.GoOn;
        }

        if (options.GetText("memcached") is not { } text)
        {
            return OptionSet.GoOn;
        }

        if (Parse(text, settings.Engine.Addresses.AsSpan(0, bound), out SocketAddress[] addresses) is { } complaint)
        {
            return options.Refuse(complaint);
        }

        settings.Memcached.Port = addresses[0].Family == SocketAddress.FamilyUnix ? 0 : addresses[0].Port;
        foreach (SocketAddress address in addresses)
        {
            settings.Engine.ListenOn(address, ProtocolNumber.Memcached);
        }

        return OptionSet.GoOn;
    }

    /// <summary>Reads the option.</summary>
    /// <param name="text">Its value.</param>
    /// <param name="bound">The addresses of --bind, of which a port alone is one of each.</param>
    /// <param name="addresses">Receives the addresses, at least one.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Parse(string text, ReadOnlySpan<SocketAddress> bound, out SocketAddress[] addresses)
    {
        addresses = [default];
        if (!ValueText.TryParseInteger(text, out long port) || port is < 0 or > ushort.MaxValue)
        {
            string? complaint = NodeAddress.Parse(text, 0, out addresses[0]);
            if (complaint is null && addresses[0].Family != SocketAddress.FamilyUnix && addresses[0].Port == 0)
            {
                complaint = "has no port";
            }

            return complaint is null ? null : "--memcached: \"" + OptionSet.Readable(text) + "\" " + complaint
                + "; allowed: PORT, ADDRESS:PORT, unix:PATH";
        }

        int count = 0;
        SocketAddress[] all = new SocketAddress[Math.Max(bound.Length, 1)];
        foreach (SocketAddress address in bound)
        {
            if (address.Family != SocketAddress.FamilyUnix)
            {
                all[count] = address;
                all[count++].Port = (int)port;
            }
        }

        if (count == 0 && SocketAddress.TryParse("127.0.0.1", (int)port, out all[0]))
        {
            count = 1;
        }

        addresses = all.AsSpan(0, count).ToArray();
        return null;
    }
}
