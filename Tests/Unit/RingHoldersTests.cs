using System.Linq;
using System.Text;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Who is taken from a stored list of holders.</summary>
public sealed class RingHoldersTests
{
    [Fact]
    public void A_holder_that_names_a_socket_of_this_machine_is_passed_over()
    {
        PeerAddress[] peers = Holders.Parse(
            Encoding.ASCII.GetBytes("unix:/run/docker.sock 1\n 10.0.0.1 70\n [unix:x] 2\n b.example 3 partial\n"), out bool[] partial);
        Assert.Equal(["10.0.0.1:70", "b.example:3"], peers.Select(peer => peer.Endpoint));
        Assert.Equal([false, true], partial);
    }
}
