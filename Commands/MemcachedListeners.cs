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
        if (options.GetText("memcached") is not { } text)
        {
            return OptionSet.GoOn;
        }

        if (!ValueText.TryParseInteger(text, out long port) || port is < 0 or > ushort.MaxValue)
        {
            string? complaint = NodeAddress.Parse(text, 0, out SocketAddress address);
            if (complaint is null && address.Family != SocketAddress.FamilyUnix && address.Port == 0)
            {
                complaint = "has no port";
            }

            if (complaint is not null)
            {
                return options.Refuse("--memcached: \"" + OptionSet.Readable(text) + "\" " + complaint
                    + "; allowed: PORT, ADDRESS:PORT, unix:PATH");
            }

            settings.Memcached.Port = address.Family == SocketAddress.FamilyUnix ? 0 : address.Port;
            settings.Engine.ListenOn(address, ProtocolNumber.Memcached);
            return OptionSet.GoOn;
        }

        settings.Memcached.Port = (int)port;
        bool added = false;
        for (int i = 0; i < bound; i++)
        {
            SocketAddress address = settings.Engine.Addresses[i];
            if (address.Family != SocketAddress.FamilyUnix)
            {
                address.Port = (int)port;
                settings.Engine.ListenOn(address, ProtocolNumber.Memcached);
                added = true;
            }
        }

        if (!added && SocketAddress.TryParse("127.0.0.1", (int)port, out SocketAddress local))
        {
            settings.Engine.ListenOn(local, ProtocolNumber.Memcached);
        }

        return OptionSet.GoOn;
    }
}
