using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void Every_duration_lies_in_a_bucket_that_is_at_most_a_quarter_too_long()
    {
        for (long nanoseconds = 1; nanoseconds < 30_000_000_000; nanoseconds += (nanoseconds / 7) + 1)
        {
            int bucket = LatencyBuckets.BucketOf(nanoseconds);
            Assert.True(nanoseconds <= LatencyBuckets.HighestOf(bucket), $"{nanoseconds} ns");
            Assert.True(bucket == 0 || nanoseconds > LatencyBuckets.HighestOf(bucket - 1), $"{nanoseconds} ns");
            Assert.True(bucket == 0 || LatencyBuckets.HighestOf(bucket) <= nanoseconds * 1.25, $"{nanoseconds} ns");
        }

        Assert.Equal(LatencyBuckets.Count - 1, LatencyBuckets.BucketOf(long.MaxValue));
        Assert.Equal(0, LatencyBuckets.BucketOf(-5));
    }

    [Fact]
    public void Powers_of_two_end_a_bucket()
    {
        for (int power = 6; power < 35; power++)
        {
            Assert.Equal(1L << power, LatencyBuckets.HighestOf(LatencyBuckets.BucketOf(1L << power)));
        }
    }
}
