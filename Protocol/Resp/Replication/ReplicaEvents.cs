using System;
using System.Globalization;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>The log's lines about single replicas of this node.</summary>
internal static unsafe class ReplicaEvents
{
    /// <summary>Writes "the replica ADDRESS " and what became of it. The replica's owner, or under the lock of <see cref="Replicas"/>.</summary>
    /// <param name="server">Has the log.</param>
    /// <param name="level">As for <see cref="ServerOptions.Log"/>.</param>
    /// <param name="replica">The replica.</param>
    /// <param name="what">Goes on behind the address.</param>
    public static void Write(Server server, int level, Replica* replica, string what)
    {
        if (server.Logs(level))
        {
            string address = ByteText.Decode(new ReadOnlySpan<byte>(replica->Address, replica->AddressLength)) + ":"
                + replica->Port.ToString(CultureInfo.InvariantCulture);
            server.Log(level, "the replica " + address + " " + what, new LogField("replica", address));
        }
    }
}
