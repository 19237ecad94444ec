using System;

using Epollsrv.Bench;

using Xunit;

namespace Epollsrv.Tests.Unit.Bench;

/// <summary>How often the load generator asks for which key.</summary>
public sealed class KeyDistributionTests
{
    private const int Samples = 400_000;

    [Theory]
    [InlineData(1000, 0.5)]
    [InlineData(1000, 0.99)]
    [InlineData(1000, 1.0)]
    [InlineData(37, 2.5)]
    [InlineData(1, 0.99)]
    public void Zipf_numbers_come_as_often_as_the_law_says(int count, double theta)
    {
        RandomGenerator random = new(42);
        ZipfGenerator zipf = new(count, theta);
        int[] seen = new int[count];
        for (int i = 0; i < Samples; i++)
        {
            seen[zipf.Next(ref random)]++;
        }

        double sum = 0;
        for (int k = 1; k <= count; k++)
        {
            sum += Math.Pow(k, -theta);
        }

        for (int k = 0; k < count; k++)
        {
            // Six standard deviations: one false alarm in 10^9 numbers, and the seed is fixed.
            double expected = Samples * Math.Pow(k + 1, -theta) / sum;
            Assert.True(Math.Abs(seen[k] - expected) <= (6 * Math.Sqrt(expected)) + 6,
                $"{k} came {seen[k]} times instead of {expected:F0}");
        }
    }

    [Fact]
    public void Zipf_over_a_billion_keys_stays_in_range_and_prefers_the_first()
    {
        RandomGenerator random = new(7);
        ZipfGenerator zipf = new(1_000_000_000, 0.99);
        int first = 0;
        for (int i = 0; i < Samples; i++)
        {
            long number = zipf.Next(ref random);
            Assert.InRange(number, 0, 999_999_999);
            first += number == 0 ? 1 : 0;
        }

        // 1 / H(10^9, 0.99) is 4.2 %: the sum is the integral (10^9)^0.01 / 0.01 − 1 / 0.01 + 0.577… ≈ 23.6.
        Assert.InRange(first / (double)Samples, 0.040, 0.045);
    }

    [Fact]
    public void Uniform_numbers_come_equally_often()
    {
        RandomGenerator random = new(1);
        int[] seen = new int[100];
        for (int i = 0; i < Samples; i++)
        {
            seen[random.Below(100)]++;
        }

        foreach (int times in seen)
        {
            Assert.InRange(times, 4000 - 400, 4000 + 400);
        }
    }
}
