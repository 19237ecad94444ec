using System.Collections.Generic;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The client side of a ring when it is closed.</summary>
public sealed class RingClientEndTests
{
    [Fact]
    public void What_is_under_way_when_nobody_needs_it_any_more_is_no_failure_of_a_node()
    {
        using ConnectionListener silent =
            new(static connection => _ = connection.Receive(new byte[1]) + connection.Receive(new byte[10_000])
            + connection.Receive(new byte[10_000]));
        List<string> warnings = [];
        PeerAddress[] nodes = [new(1, "127.0.0.1", silent.Port, 0), new(2, "localhost", silent.Port, 0)];
        using (RingClient client = new(nodes, 60_000_000_000, warnings.Add))
        {
            client.Start(new RingOperation().Set(RingVerb.Holders, "name"u8));
            NodeUnderTest.Until(() =>
            {
                client.Poll(10);
                return client.IsOpen(0) || client.IsOpen(1);
            });
            Assert.Equal(1, client.Pending);
        }

        Assert.Empty(warnings);
    }
}
