using System;

namespace Epollsrv.Bench;

/// <summary>
/// Numbers 0 … n−1 by Zipf's law: number k comes up in proportion to 1 / (k + 1)^θ. Rejection-inversion, W. Hörmann and
/// G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions" (1996): exact, no tables, a little more
/// than one try on average. One thread.
/// </summary>
internal readonly struct ZipfGenerator
{
    private readonly double _theta;
    private readonly long _count;
    private readonly double _high;
    private readonly double _width;
    private readonly double _accept;

    /// <summary>Prepares the constants.</summary>
    /// <param name="count">How many numbers, 1 or more.</param>
    /// <param name="theta">The exponent θ, above 0.</param>
    public ZipfGenerator(long count, double theta)
    {
        _theta = theta;
        _count = count;
        _high = Integral(count + 0.5);
        _width = Integral(1.5) - 1 - _high;
        _accept = 2 - Inverse(Integral(2.5) - Density(2));
    }

    /// <summary>The next number.</summary>
    public long Next(ref RandomGenerator random)
    {
        while (true)
        {
            double u = _high + (random.NextFraction() * _width);
            double x = Inverse(u);
            long k = Math.Clamp((long)(x + 0.5), 1, _count);
            if (k - x <= _accept || u >= Integral(k + 0.5) - Density(k))
            {
                return k - 1;
            }
        }
    }

    private double Density(double x) => Math.Exp(-_theta * Math.Log(x));

    // The integral of the density and its inverse; near θ = 1 the power's form divides 0 by 0, the logarithm is its limit.
    private double Integral(double x)
        => Math.Abs(1 - _theta) < 1e-9 ? Math.Log(x) : (Math.Exp((1 - _theta) * Math.Log(x)) - 1) / (1 - _theta);

    private double Inverse(double y)
        => Math.Abs(1 - _theta) < 1e-9 ? Math.Exp(y) : Math.Exp(Math.Log(Math.Max(double.Epsilon, 1 + (y * (1 - _theta)))) / (1 - _theta));
}
