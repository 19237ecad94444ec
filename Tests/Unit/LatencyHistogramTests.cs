using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Every_duration_lies_in_a_bucket_that_is_at_most_a_quarter_too_long()
    {
        for (long nanoseconds = 1; nanoseconds < 30_000_000_000; nanoseconds += (nanoseconds / 7) + 1)
        {
            int bucket = LatencyHistogram.BucketOf(nanoseconds);
            Assert.True(nanoseconds <= LatencyHistogram.HighestOf(bucket), $"{nanoseconds} ns");
            Assert.True(bucket == 0 || nanoseconds > LatencyHistogram.HighestOf(bucket - 1), $"{nanoseconds} ns");
            Assert.True(bucket == 0 || LatencyHistogram.HighestOf(bucket) <= nanoseconds * 1.25, $"{nanoseconds} ns");
        }

        Assert.Equal(LatencyHistogram.Buckets - 1, LatencyHistogram.BucketOf(long.MaxValue));
        Assert.Equal(0, LatencyHistogram.BucketOf(-5));
    }

    [Fact]
    public void Powers_of_two_end_a_bucket()
    {
        for (int power = 6; power < 35; power++)
        {
            Assert.Equal(1L << power, LatencyHistogram.HighestOf(LatencyHistogram.BucketOf(1L << power)));
        }
    }
}
