using Epollsrv.Node;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed class FreeSpaceTests
{
    private const long Megabyte = 1 << 20;

    [Theory]
    [InlineData(Megabyte, 0)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(5 * Megabyte, 5 * Megabyte)]
    public void Room_for_another_base_is_enough(long free, long last) => Assert.Null(FreeSpace.Describe("/data", free, last));

    [Theory]
    [InlineData(0, 0, Megabyte)]
    [InlineData(Megabyte - 1, 7, Megabyte)]
    [InlineData((5 * Megabyte) - 1, 5 * Megabyte, 5 * Megabyte)]
    public void Less_is_told_with_the_numbers(long free, long last, long needed)
        => Assert.Equal(
            $"/data: only {free} bytes are free on its file system, and the next snapshot may take {needed}. When nothing is free, writes are "
                + "refused: make room",
            FreeSpace.Describe("/data", free, last));
}
