using System.Text;

using Epollsrv.Engine;
using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Lines that clients can cause are limited, and passwords are not among them.</summary>
public sealed class LogLimitTests
{
    [Fact]
    public void So_many_lines_in_an_interval_and_the_next_one_counts_the_rest()
    {
        LogLimit limit = new(most: 2, nanoseconds: 1000);
        Assert.True(limit.Allows(5, out string addition));
        Assert.True(limit.Allows(6, out addition));
        Assert.Empty(addition);
        for (int i = 0; i < 7; i++)
        {
            Assert.False(limit.Allows(1004, out _));
        }

        Assert.True(limit.Allows(1005, out addition));
        Assert.Equal(" (7 more such events had no line)", addition);
        Assert.True(limit.Allows(1006, out addition));
        Assert.Empty(addition);
        Assert.False(limit.Allows(1007, out _));
    }

    [Theory]
    [InlineData("requirepass", true)]
    [InlineData("masterauth", true)]
    [InlineData("tls-key-file-pass", true)]
    [InlineData("tls-client-key-file-pass", true)]
    [InlineData("maxmemory", false)]
    [InlineData("masteruser", false)]
    public void Values_of_passwords_are_not_shown(string name, bool isSecret)
        => Assert.Equal(isSecret, ConfigTable.IsSecret(Encoding.ASCII.GetBytes(name)));
}
