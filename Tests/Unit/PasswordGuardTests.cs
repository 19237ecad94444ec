using Epollsrv.Native;
using Epollsrv.Protocol;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed class PasswordGuardTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("::1", "::2", false)]
    public void Addresses_wait_together_by_what_one_client_may_have(string one, string other, bool same)
    {
        Assert.True(SocketAddress.TryParse(one, 1, out SocketAddress first));
        Assert.True(SocketAddress.TryParse(other, 2, out SocketAddress second));
        Assert.Equal(same, PasswordGuard.KeyOf(ref first) == PasswordGuard.KeyOf(ref second));
    }
}
