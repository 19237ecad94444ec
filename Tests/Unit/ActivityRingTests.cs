using System.Linq;

using Epollsrv.Engine;
using Epollsrv.Node;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The ring of samples behind the charts of the status page.</summary>
public sealed unsafe class ActivityRingTests
{
    private const long Began = 5_000_000_000_123;

    [Fact]
    public void A_sample_is_due_when_an_interval_has_ended()
    {
        ActivityRing ring = new(Began);
        Assert.False(ring.IsDue(Began));
        Assert.False(ring.IsDue(At(1) - 1));
        Assert.True(ring.IsDue(At(1)));
        Add(ring, At(1), 7);
        Assert.False(ring.IsDue(At(1)));
        Assert.False(ring.IsDue(At(2) - 1));
        Assert.True(ring.IsDue(At(2)));
        Assert.Equal([7u], Requests(ring));
    }

    [Fact]
    public void The_oldest_give_way()
    {
        ActivityRing ring = new(Began);
        for (uint i = 1; i <= 1000; i++)
        {
            Add(ring, At(i), i);
        }

        long first = 0;
        Assert.Equal(Enumerable.Range(701, ActivityRing.Capacity).Select(i => (uint)i), Requests(ring, ref first));
        Assert.Equal(700, first);
    }

    [Fact]
    public void What_was_counted_before_a_sleep_belongs_to_the_interval_before_it()
    {
        ActivityRing ring = new(Began);
        Add(ring, At(1), 1);
        Add(ring, At(6) + 5, 9);
        Assert.Equal([1u, 9, 0, 0, 0, 0], Requests(ring));
        Add(ring, At(7), 3);
        Assert.Equal([1u, 9, 0, 0, 0, 0, 3], Requests(ring));
    }

    [Fact]
    public void In_a_gap_nothing_happens_and_everything_stays_as_it_was()
    {
        ActivityRing ring = new(Began);
        ActivitySample sample = new()
        {
            BytesIn = 1,
            BytesOut = 2,
            Memory = 3,
            Requests = 4,
            Errors = 5,
            Evicted = 6,
            Refused = 7,
            WrongPasswords = 8,
            Connections = 9,
            Keys = 10,
            Cpu = 11,
            Median = 12,
            Percentile99 = 13,
        };
        ring.Add(At(3), sample);
        ActivitySample[] samples = new ActivitySample[ActivityRing.Capacity];
        long first = 0;
        Assert.Equal(3, ring.Read(ref first, samples));
        Assert.Equal(sample, samples[0]);
        Assert.Equal(new ActivitySample { Memory = 3, Connections = 9, Keys = 10 }, samples[1]);
        Assert.Equal(samples[1], samples[2]);
    }

    [Theory]
    [InlineData(301, 2)]
    [InlineData(302, 0)]
    [InlineData(1_000_000_000, 0)]
    public void After_a_long_sleep_the_ring_is_full_of_nothing(long ended, long expected)
    {
        ActivityRing ring = new(Began);
        Add(ring, At(1), 1);
        Add(ring, At(ended), 2);
        long first = 0;
        uint[] requests = Requests(ring, ref first);
        Assert.Equal(ActivityRing.Capacity, requests.Length);
        Assert.Equal(ended - ActivityRing.Capacity, first);
        Assert.Equal(expected, requests.Sum(count => count));
    }

    [Fact]
    public void A_clock_that_goes_back_changes_nothing()
    {
        ActivityRing ring = new(Began);
        Add(ring, At(4), 4);
        Assert.False(ring.IsDue(At(2)));
        Assert.False(ring.IsDue(0));
        Add(ring, At(2), 9);
        Add(ring, 0, 9);
        Assert.Equal([4u, 0, 0, 0], Requests(ring));
        Assert.Equal(4, ring.End);
    }

    [Fact]
    public void Samples_are_read_from_a_number_on()
    {
        ActivityRing ring = new(Began);
        for (uint i = 1; i <= 400; i++)
        {
            Add(ring, At(i), i);
        }

        long first = 398;
        Assert.Equal([399u, 400], Requests(ring, ref first));
        Assert.Equal(398, first);

        first = 400;
        Assert.Empty(Requests(ring, ref first));
        Assert.Equal(400, first);

        // Too long ago, and of a node that has run longer than this one: everything there is.
        foreach (long number in new[] { 0, 99, 100, 401, long.MaxValue })
        {
            first = number;
            Assert.Equal(ActivityRing.Capacity, Requests(ring, ref first).Length);
            Assert.Equal(100, first);
        }
    }

    [Fact]
    public void The_samples_take_less_than_20_KB() => Assert.True(sizeof(ActivitySample) * ActivityRing.Capacity <= 20_000);

    [Theory]
    [InlineData(0.5, 0, 0)]
    [InlineData(0.5, 0, 10, 512)]
    [InlineData(0.99, 0, 100, 1013)]
    [InlineData(0.5, 1, 10, 1536)]
    [InlineData(1, 3, 1, 8192)]
    public void A_quantile_lies_within_its_bucket(double share, int bucket, long count, long expected = 0)
    {
        long[] counts = new long[LatencyHistogram.Buckets];
        counts[bucket] = count;
        Assert.Equal(expected, LatencyHistogram.Quantile(counts, share));
    }

    [Fact]
    public void A_quantile_passes_over_empty_buckets()
    {
        long[] counts = new long[LatencyHistogram.Buckets];
        counts[2] = 99;
        counts[20] = 1;
        Assert.InRange(LatencyHistogram.Quantile(counts, 0.5), 2048, 4096);
        Assert.InRange(LatencyHistogram.Quantile(counts, 0.99), 4096, 4096);
        Assert.InRange(LatencyHistogram.Quantile(counts, 0.999), LatencyHistogram.LimitOf(19), LatencyHistogram.LimitOf(20));
    }

    private static long At(long interval) => Began + (interval * ActivityRing.Interval);

    private static void Add(ActivityRing ring, long now, uint requests) => ring.Add(now, new ActivitySample { Requests = requests });

    private static uint[] Requests(ActivityRing ring)
    {
        long first = 0;
        return Requests(ring, ref first);
    }

    private static uint[] Requests(ActivityRing ring, ref long first)
    {
        ActivitySample[] samples = new ActivitySample[ActivityRing.Capacity];
        return [.. samples.Take(ring.Read(ref first, samples)).Select(sample => sample.Requests)];
    }
}
