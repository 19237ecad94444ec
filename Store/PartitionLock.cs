using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// A lock in one native word: 0 free, 1 held, 2 held and somebody may sleep (Drepper, "Futexes Are Tricky", mutex 2).
/// Two atomic operations without contention and no system call.
/// </summary>
internal static unsafe class PartitionLock
{
    private const int Free = 0;
    private const int Held = 1;
    private const int HeldWithSleepers = 2;

    // Critical sections last about 100 ns; a hundred rounds of pause cover several of them.
    private const int SpinRounds = 100;

    private static readonly bool _singleProcessor = System.Environment.ProcessorCount == 1;

    /// <summary>Takes the lock, waiting as long as it needs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Acquire(int* word)
    {
        // Pairs with the exchange in Release.
        if (Interlocked.CompareExchange(ref *word, Held, Free) != Free)
        {
            AcquireContended(word);
        }
    }

    /// <summary>Takes the lock if it is free.</summary>
    internal static bool TryAcquire(int* word) =>
        Interlocked.CompareExchange(ref *word, Held, Free) == Free; // Pairs with Release.

    /// <summary>Gives the lock back and wakes one sleeper if there may be one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Release(int* word)
    {
        // Pairs with Acquire: what was written under the lock is visible to the next holder.
        if (Interlocked.Exchange(ref *word, Free) == HeldWithSleepers)
        {
            _ = Futex.Wake(word, 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AcquireContended(int* word)
    {
        if (!_singleProcessor)
        {
            for (int round = 0; round < SpinRounds; round++)
            {
                Thread.SpinWait(4);

                // Pairs with Release; the plain look first keeps the line shared while it is held.
                if (Volatile.Read(ref *word) == Free && TryAcquire(word))
                {
                    return;
                }
            }
        }

        // Announces a sleeper before sleeping; pairs with Release, which then wakes one.
        while (Interlocked.Exchange(ref *word, HeldWithSleepers) != Free)
        {
            Futex.Wait(word, HeldWithSleepers);
        }
    }
}
