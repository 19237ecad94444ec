using System;
using System.Threading;

using Epollsrv.Engine;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>The ring: order, bounds, and no job lost or seen twice with few cells and many threads.</summary>
public sealed unsafe class WorkQueueTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(1000, 1024)]
    public void Capacity_is_a_power_of_two(int wanted, int capacity) => Assert.Equal(capacity, new WorkQueue(wanted).Capacity);

    [Fact]
    public void First_in_is_first_out_over_many_laps()
    {
        WorkQueue queue = new(4);
        ulong next = 0;
        ulong expected = 0;
        for (int lap = 0; lap < 100; lap++)
        {
            for (int i = 0; i < 1 + (lap % 4); i++)
            {
                Assert.True(queue.TryPush(new Job(&Nothing, next++)));
            }

            while (queue.TryPop(out Job job))
            {
                Assert.Equal(expected++, job.Argument);
            }

            Assert.Equal(0, queue.Count);
        }

        Assert.Equal(next, expected);
    }

    [Fact]
    public void A_full_ring_refuses_and_an_empty_one_has_nothing()
    {
        WorkQueue queue = new(2);
        Assert.False(queue.TryPop(out _));
        Assert.True(queue.TryPush(new Job(&Nothing, 1)));
        Assert.True(queue.TryPush(new Job(&Nothing, 2)));
        Assert.False(queue.TryPush(new Job(&Nothing, 3)));
        Assert.Equal(2, queue.Count);
        Assert.True(queue.TryPop(out Job job));
        Assert.Equal(1ul, job.Argument);
        Assert.True(queue.TryPush(new Job(&Nothing, 3)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    [Trait("Speed", "Slow")]
    public void Two_cells_and_many_threads_lose_nothing_and_give_nothing_twice(int threads)
    {
        const int PerThread = 4000;
        WorkQueue queue = new(2);
        int total = threads * PerThread;
        int[] seen = new int[total];
        int taken = 0;
        Action[] actions = new Action[2 * threads];
        for (int i = 0; i < threads; i++)
        {
            int first = i * PerThread;
            actions[i] = () =>
            {
                SpinWait spin = default;
                for (int job = first; job < first + PerThread;)
                {
                    if (queue.TryPush(new Job(&Nothing, (ulong)job)))
                    {
                        job++;
                        spin.Reset();
                    }
                    else
                    {
                        spin.SpinOnce(sleep1Threshold: -1);
                    }
                }
            };
            actions[threads + i] = () =>
            {
                SpinWait spin = default;
                while (Volatile.Read(ref taken) < total)
                {
                    if (queue.TryPop(out Job job))
                    {
                        Interlocked.Increment(ref seen[job.Argument]);
                        Interlocked.Increment(ref taken);
                        spin.Reset();
                    }
                    else
                    {
                        spin.SpinOnce(sleep1Threshold: -1);
                    }
                }
            };
        }

        Watchdog.Run(Patience.Milliseconds / 1000, () => $"{taken} of {total} taken, {queue.Count} queued", actions);
        Assert.All(seen, count => Assert.Equal(1, count));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void What_one_producer_queues_a_consumer_sees_in_that_order()
    {
        const int Count = 50_000;
        WorkQueue queue = new(8);
        int taken = 0;
        Watchdog.Run(
            Patience.Milliseconds / 1000,
            () => $"{taken} taken, {queue.Count} queued",
            () => Produce(queue, 0, Count),
            () => Produce(queue, Count, Count),
            () =>
            {
                ulong low = 0;
                ulong high = Count;
                while (taken < 2 * Count)
                {
                    if (queue.TryPop(out Job job))
                    {
                        taken++;
                        Assert.Equal(job.Argument < Count ? low++ : high++, job.Argument);
                    }
                    else
                    {
                        Thread.Yield();
                    }
                }
            });
    }

    private static void Produce(WorkQueue queue, int first, int count)
    {
        for (int i = first; i < first + count;)
        {
            if (queue.TryPush(new Job(&Nothing, (ulong)i)))
            {
                i++;
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private static void Nothing(ThreadContext thread, ulong argument)
    {
    }
}
