using Epollsrv.Commands;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>What serve's options are when nobody gives them.</summary>
public sealed class ServeOptionsTests
{
    [Theory]
    [InlineData(1L << 30, 0)]
    [InlineData(1L << 30, 8L << 30)]
    [InlineData(1L << 30, 4L << 30)]
    [InlineData(512L << 20, 2L << 30)]
    [InlineData(64L << 20, 256L << 20)]
    [InlineData(64L << 20, (256L << 20) + 3_999_999)]
    [InlineData(1L << 20, 2L << 20)]
    public void What_all_connections_may_hold_follows_the_memory_of_a_container(long expected, long memory)
        => Assert.Equal(expected, ServeOptions.BufferLimit(1L << 30, memory));
}
