using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>Keeps a node without a password from public addresses unless its user said so (safe defaults).</summary>
internal static class Exposure
{
    /// <summary>Checks the addresses; <paramref name="open"/> is --open.</summary>
    /// <returns><see cref="OptionSet.GoOn"/>, or 78 after saying what to do.</returns>
    public static int Check(Settings settings, bool open)
    {
        // --cs-open is no answer: it lets addresses speak CS without the password, and says nothing of RESP and HTTP.
        if (open || settings.Protocols.Password is not null)
        {
            return OptionSet.GoOn;
        }

        if (FindPublic(settings) is not { } address)
        {
            return OptionSet.GoOn;
        }

        Log.Complain(Container.IsOwnImage ? ContainerAdvice : Advice(address));
        return ExitCode.Configuration;
    }

    /// <summary>An address that other machines can reach; null: there is none.</summary>
    public static string? FindPublic(Settings settings)
    {
        foreach (SocketAddress address in settings.Engine.Addresses)
        {
            if (!address.IsLoopback)
            {
                return address.ToString();
            }
        }

        return null;
    }

    private const string ContainerAdvice =
        "epollsrv: in a container the node listens on all addresses, so it needs a password, or to be told that none is wanted:\n"
        + "  docker run -p 6379:6379 -e EPOLLSRV_PASSWORD=choose-one epollsrv\n"
        + "  docker run -p 127.0.0.1:6379:6379 -e EPOLLSRV_OPEN=yes epollsrv\n";

    private static string Advice(string address)
        => "epollsrv serve: " + address
            + " can be reached from other machines and there is no password. Give one with --password-file FILE"
        + " or EPOLLSRV_PASSWORD, or say --open if everybody who reaches the address may use the node.\n";
}
