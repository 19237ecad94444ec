using System;
using System.Threading;

using Epollsrv.Engine;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>The eventcount under threads that race: no wake-up may be lost.</summary>
public sealed class ParkingTests
{
    private const int Rounds = 20_000;

    [Fact]
    public void A_wake_up_without_sleepers_asks_nobody() => Assert.Equal(0, new Parking().Wake(5));

    [Fact]
    public void A_wake_in_flight_counts_as_awake()
    {
        Parking parking = new();
        int epoch = parking.Announce();
        Assert.Equal(1, parking.Sleeping);
        Assert.Equal(1, parking.Wake(3));
        Assert.Equal(0, parking.Sleeping);
        Assert.Equal(0, parking.Wake(1));
        parking.Wait(epoch);
        Assert.Equal(0, parking.Sleeping);
        _ = parking.Announce();
        Assert.Equal(1, parking.Sleeping);
        parking.Leave();
        Assert.Equal(0, parking.Sleeping);
    }

    [Fact]
    public void A_wake_between_announcing_and_waiting_ends_the_wait_at_once()
    {
        Parking parking = new();
        Watchdog.Run(Patience.Milliseconds / 1000, () => "waits for an epoch that is over", () =>
        {
            int epoch = parking.Announce();
            parking.WakeAll();
            parking.Wait(epoch);
        });
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    [Trait("Speed", "Slow")]
    public void No_wake_up_is_lost(int sleepers, int wakers)
    {
        Parking parking = new();
        int published = 0;
        int taken = 0;
        int total = Rounds / wakers * wakers;
        Action[] actions = new Action[sleepers + wakers];
        for (int i = 0; i < sleepers; i++)
        {
            actions[i] = () =>
            {
                while (Volatile.Read(ref taken) < total)
                {
                    if (TryTake(ref published, ref taken))
                    {
                        continue;
                    }

                    int epoch = parking.Announce();
                    if (Volatile.Read(ref published) != Volatile.Read(ref taken) || Volatile.Read(ref taken) >= total)
                    {
                        parking.Leave();
                        continue;
                    }

                    parking.Wait(epoch);
                }

                parking.WakeAll();
            };
        }

        for (int i = 0; i < wakers; i++)
        {
            int seed = i;
            actions[sleepers + i] = () =>
            {
                Random random = new(seed);
                for (int round = 0; round < Rounds / wakers; round++)
                {
                    int mine = Interlocked.Increment(ref published);
                    _ = parking.Wake(1);

                    // Nobody else publishes until this is taken, so that a lost wake-up stays lost.
                    SpinWait spin = default;
                    while (Volatile.Read(ref taken) < mine)
                    {
                        spin.SpinOnce(sleep1Threshold: -1);
                    }

                    Thread.SpinWait(random.Next(40));
                }
            };
        }

        Watchdog.Run(Patience.Milliseconds / 1000, () => $"{published} published, {taken} taken, {parking.Sleeping} asleep", actions);
        Assert.Equal(total, taken);
    }

    [Fact]
    public void A_wake_is_never_counted_as_in_flight_without_a_sleeper()
    {
        // Were it, the next sleeper would look awake to everybody, and nobody would wake it.
        Parking parking = new();
        bool over = false;
        int least = 0;
        Watchdog.Run(
            Patience.Milliseconds / 1000,
            () => "racing",
            () =>
            {
                for (int i = 0; i < 300_000 && least == 0; i++)
                {
                    _ = parking.Announce();
                    Thread.SpinWait(i % 8);
                    parking.Leave();
                    Thread.SpinWait(8);
                    least = Math.Min(least, parking.Sleeping);
                }

                Volatile.Write(ref over, true);
            },
            () =>
            {
                while (!Volatile.Read(ref over))
                {
                    _ = parking.Wake(1);
                }
            });
        Assert.Equal(0, least);
    }

    private static bool TryTake(ref int published, ref int taken)
    {
        int seen = Volatile.Read(ref taken);
        return seen < Volatile.Read(ref published) && Interlocked.CompareExchange(ref taken, seen + 1, seen) == seen;
    }
}
