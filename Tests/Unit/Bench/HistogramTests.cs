using System;

using Epollsrv.Bench;

using Xunit;

namespace Epollsrv.Tests.Unit.Bench;

/// <summary>The latency histogram: how exact it is, percentiles against a sorted list, taking a snapshot away.</summary>
public sealed class HistogramTests
{
    [Fact]
    public void A_value_comes_back_within_one_percent_from_a_nanosecond_to_an_hour()
    {
        using Histogram histogram = new();
        for (double value = 1; value < 3.6e12; value *= 1.0137)
        {
            long whole = (long)value;
            histogram.Clear();
            histogram.Add(whole, 1);
            long back = histogram.Percentile(1_000_000);
            Assert.True(Math.Abs(back - whole) <= whole * 0.01, $"{whole} came back as {back}");
        }
    }

    [Fact]
    public void Values_beyond_its_range_are_counted_at_its_ends()
    {
        using Histogram histogram = new();
        histogram.Add(-5, 1);
        histogram.Add(0, 1);
        histogram.Add(long.MaxValue, 1);
        Assert.Equal(3, histogram.Count());
        Assert.Equal(0, histogram.Percentile(500_000));
        Assert.InRange(histogram.Percentile(1_000_000), 4_000_000_000_000, long.MaxValue);
    }

    [Fact]
    public void Percentiles_are_those_of_a_sorted_list()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        using Histogram histogram = new();
        long[] values = new long[20_000];
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (long)Math.Exp(random.NextDouble() * 20);
            histogram.Add(values[i], 1);
            sum += values[i];
        }

        Array.Sort(values);
        foreach (int millionths in new[] { 1, 100_000, 500_000, 900_000, 990_000, 999_000, 999_900, 1_000_000 })
        {
            long exact = values[Math.Max(0, (int)Math.Ceiling(values.Length * (millionths / 1e6)) - 1)];
            long given = histogram.Percentile(millionths);
            Assert.True(Math.Abs(given - exact) <= Math.Max(1, exact * 0.01), $"seed {seed}, {millionths}: {given} instead of {exact}");
        }

        Assert.InRange(histogram.Mean(), sum / values.Length * 0.99, sum / values.Length * 1.01);
    }

    [Fact]
    public void Taking_a_snapshot_away_leaves_what_came_after_it()
    {
        using Histogram histogram = new();
        using Histogram snapshot = new();
        histogram.Add(1_000_000, 10);
        snapshot.Merge(histogram);
        histogram.Add(5000, 3);
        histogram.Merge(snapshot, -1);
        Assert.Equal(3, histogram.Count());
        Assert.InRange(histogram.Percentile(1_000_000), 4950, 5050);
    }

    [Fact]
    public void Nothing_counted_gives_zeros()
    {
        using Histogram histogram = new();
        Assert.Equal(0, histogram.Percentile(999_000));
        Assert.Equal(0, histogram.Mean());
    }
}
