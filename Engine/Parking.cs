using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// Where idle workers sleep: an eventcount on a futex word in native memory (engine.md §7).
/// Sleeper: read the epoch → announce → look at the queue again → wait while the epoch is the one read.
/// Waker: publish the job → full fence → any sleepers? → bump the epoch and wake.
/// Without the fence the waker's read of the sleeper count may pass its own publishing store (on x86 too) while the sleeper's
/// look at the queue passes its announcement: both see nothing, and the server hangs with work queued.
/// </summary>
internal sealed unsafe class Parking
{
    private readonly int* _epoch;
    private readonly int* _sleepers;

    // Wakes given out whose thread has not announced itself awake yet: they count as awake.
    private readonly int* _inFlight;

    /// <summary>Nobody sleeps yet.</summary>
    public Parking()
    {
        byte* memory = NativeRegion.Reserve(3 * 128);
        _epoch = (int*)memory;
        _sleepers = (int*)(memory + 128);
        _inFlight = (int*)(memory + 256);
    }

    /// <summary>Threads asleep or about to sleep, less those being woken: a hint.</summary>
    public int Sleeping
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref *_sleepers) - Volatile.Read(ref *_inFlight); // pair with Announce, Leave and Wake
    }

    /// <summary>First step of a sleeper: announces it and returns the epoch to wait on. Then it must look for work again.</summary>
    public int Announce()
    {
        int epoch = Volatile.Read(ref *_epoch); // pairs with the increment in Wake
        Interlocked.Increment(ref *_sleepers); // full fence; pairs with the fence in Wake
        return epoch;
    }

    /// <summary>Ends what <see cref="Announce"/> began when work was found after all.</summary>
    public void Leave()
    {
        Interlocked.Decrement(ref *_sleepers); // pairs with Sleeping
        ConsumeWake();
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
        int sleeping = Sleeping;
        if (sleeping <= 0)
        {
            return 0;
        }

        count = count < sleeping ? count : sleeping;
        Interlocked.Add(ref *_inFlight, count); // pairs with ConsumeWake
        Interlocked.Increment(ref *_epoch); // pairs with the reads in Announce and Wait
        _ = Futex.Wake(_epoch, count);
        return count;
    }

    /// <summary>Wakes everybody, for the end of the process.</summary>
    public void WakeAll()
    {
        Interlocked.Increment(ref *_epoch); // pairs with the reads in Announce and Wait
        _ = Futex.Wake(_epoch, int.MaxValue);
    }

    private void ConsumeWake()
    {
        int seen = Volatile.Read(ref *_inFlight); // pairs with the add in Wake
        while (seen > 0)
        {
            int found = Interlocked.CompareExchange(ref *_inFlight, seen - 1, seen); // pairs with the add in Wake
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
