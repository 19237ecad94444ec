using System;

using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Tests.Integration;

/// <summary>The example of docs/EPOLL.md: what arrives comes back.</summary>
internal static unsafe class Echo
{
    public static Server Listen(SocketAddress address, DispatchPolicy dispatch, RearmWay rearm)
    {
        ServerOptions options = new() { Workers = 1, Dispatch = dispatch, Rearm = rearm };
        options.ListenOn(address);
        options.Protocols = [new ProtocolEntry { Consume = &Consume }];
        Server server = new(options);
        return server.Listen(out string complaint) ? server : throw new InvalidOperationException(complaint);
    }

    private static int Consume(ThreadContext thread, byte* data, int length)
    {
        thread.Output.Write(data, length);
        return length;
    }
}
