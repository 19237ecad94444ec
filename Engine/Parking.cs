using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// Where idle workers sleep: an eventcount on a futex word in native memory.
/// Sleeper: read the epoch → announce → look at the queue again → wait while the epoch is the one read.
/// Waker: publish the job → full fence → any sleepers? → bump the epoch and wake.
/// Without the fence the waker's read of the sleeper count may pass its own publishing store (on x86 too) while the sleeper's
/// look at the queue passes its announcement: both see nothing, and the server hangs with work queued.
/// </summary>
internal sealed unsafe class Parking
{
    private const long OneWake = 1L << 32;

    private readonly int* _epoch;

    // Sleepers in the lower half; in the upper the wakes given out whose thread has not announced itself awake yet, which count
    // as awake. One word, so that there are never more of these than sleepers: a wake counted for a sleeper that has just left by
    // itself would make the next one look awake to everybody, and nobody would wake it.
    private readonly long* _counts;

    /// <summary>Nobody sleeps yet.</summary>
    public Parking()
    {
        byte* memory = NativeRegion.Reserve(2 * 128);
        _epoch = (int*)memory;
        _counts = (long*)(memory + 128);
    }

    /// <summary>Threads asleep or about to sleep, less those being woken: a hint.</summary>
    public int Sleeping
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => SleepingIn(Volatile.Read(ref *_counts)); // pairs with Announce, Leave and Wake
    }

    /// <summary>First step of a sleeper: announces it and returns the epoch to wait on. Then it must look for work again.</summary>
    public int Announce()
    {
        int epoch = Volatile.Read(ref *_epoch); // pairs with the increment in Wake
        Interlocked.Increment(ref *_counts); // full fence; pairs with the fence in Wake
        return epoch;
    }

    /// <summary>Ends what <see cref="Announce"/> began when work was found after all.</summary>
    public void Leave()
    {
        long seen = Volatile.Read(ref *_counts); // pairs with Wake, and with other sleepers
        while (true)
        {
            long found = Interlocked.CompareExchange(ref *_counts, seen - (seen >= OneWake ? OneWake + 1 : 1), seen); // pairs with Wake
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Sleeps while nobody woke since <see cref="Announce"/>; may return for no reason.</summary>
    public void Wait(int epoch)
    {
        if (Volatile.Read(ref *_epoch) == epoch) // pairs with the increment in Wake
        {
            Futex.Wait(_epoch, epoch);
        }

        Leave();
    }

    /// <summary>Wakes up to <paramref name="count"/> sleepers. The caller has published its jobs before. Any thread.</summary>
    /// <returns>How many were asked to wake.</returns>
    public int Wake(int count)
    {
        Interlocked.MemoryBarrier(); // pairs with the increment in Announce: either it sees our job or we see it asleep
        long seen = Volatile.Read(ref *_counts); // pairs with Announce and Leave
        while (true)
        {
            int woken = Math.Min(count, SleepingIn(seen));
            if (woken <= 0)
            {
                return 0;
            }

            long found = Interlocked.CompareExchange(ref *_counts, seen + (woken * OneWake), seen); // pairs with Leave
            if (found == seen)
            {
                Interlocked.Increment(ref *_epoch); // pairs with the reads in Announce and Wait
                _ = Futex.Wake(_epoch, woken);
                return woken;
            }

            seen = found;
        }
    }

    /// <summary>Wakes everybody, for the end of the process.</summary>
    public void WakeAll()
    {
        Interlocked.Increment(ref *_epoch); // pairs with the reads in Announce and Wait
        _ = Futex.Wake(_epoch, int.MaxValue);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SleepingIn(long counts) => (int)counts - (int)(counts >> 32);
}
