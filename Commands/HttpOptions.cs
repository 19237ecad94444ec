using System;
using System.Collections.Generic;
using System.Text;
using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary>The options of <c>epollsrv serve</c> that concern HTTP.</summary>
internal static class HttpOptions
{
    /// <summary>Declares them.</summary>
    public static OptionSet Declare(OptionSet options) => options
        .Integer("admin-port", 0, 0, 65535, "Port for /, /metrics, /healthz, /readyz; 0: same.")
        .List("allow-host", null, "Names HTTP requests may be for; *: any.", "NAME,...")
        .Size("max-request-line", "16kb", 1024, 64 << 10, "Longest first line of an HTTP request.").Brief()
        .Size("max-request-head", "32kb", 1024, 1 << 20, "Longest first line and fields of an HTTP request.").Brief()
        .Size("max-request-body", "1mb", 0, 1 << 30, "Longest HTTP body that is no value.").Brief()
        .Duration("request-timeout", "30s", "Time for an HTTP request to arrive; more for each 16 KB of a value.").Brief();

    /// <summary>Reads them; the addresses to listen on are read already.</summary>
    public static void Read(OptionSet options, NodeSettings settings)
    {
        settings.Http.Line = (int)options.GetSize("max-request-line");
        settings.Http.Head = (int)Math.Max(options.GetSize("max-request-head"), options.GetSize("max-request-line"));
        settings.Http.OtherBody = (int)options.GetSize("max-request-body");
        settings.Http.Timeout = options.GetMilliseconds("request-timeout");
        List<byte[]> hosts = [];
        foreach (string name in options.GetList("allow-host"))
        {
            hosts.Add(Encoding.UTF8.GetBytes(name.ToLowerInvariant()));
        }

        if (settings.Ring is { } ring)
        {
            hosts.Add(Encoding.UTF8.GetBytes(ring.Nodes[ring.Self].Host.ToLowerInvariant()));
        }

        settings.AllowedHosts = hosts.ToArray();
        AddAdminListeners(options.GetInteger("admin-port"), settings);
    }

    private static void AddAdminListeners(int port, NodeSettings settings)
    {
        List<SocketAddress> addresses = settings.Engine.Addresses;
        int count = addresses.Count;
        if (port == 0)
        {
            return;
        }

        settings.AdminListener = count;
        for (int i = 0; i < count; i++)
        {
            SocketAddress address = addresses[i];
            if (address.Family != SocketAddress.FamilyUnix)
            {
                address.Port = port;
                addresses.Add(address);
            }
        }

        if (addresses.Count == count && SocketAddress.TryParse("127.0.0.1", port, out SocketAddress local))
        {
            addresses.Add(local);
        }
    }
}
