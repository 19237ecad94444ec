using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// The state word of a connection slot: a generation in the upper 32 bits, the bits below in the lower. Every change of a state
/// word is one of the named transitions in this file (engine.md §1); nothing else in the program touches one.
/// Whoever turns <see cref="Scheduled"/> on owns the connection until it turns it off, and hands the ownership on through the
/// work queue: so a connection has at most one queue entry and is touched by at most one thread at a time.
/// </summary>
internal static unsafe class ConnectionState
{
    /// <summary>The connection must be closed by its next owner: a kill, a time-out or the end of the process.</summary>
    public const uint Closing = 1;

    /// <summary>The connection has an owner or waits in a queue for one.</summary>
    public const uint Scheduled = 2;

    /// <summary>The kernel reported that the peer shut down sending. Sticky: a short read then does not prove "nothing more".</summary>
    public const uint PeerClosed = 4;

    /// <summary>There may be bytes to receive. A hint (engine.md §3).</summary>
    public const uint Read = 8;

    /// <summary>There may be room to send. A hint.</summary>
    public const uint Write = 16;

    /// <summary>Something lies in the mailbox, or the server's state changed: look.</summary>
    public const uint Posted = 32;

    /// <summary>What an owner takes at the start of a round.</summary>
    public const uint Readiness = Read | Write | Posted;

    /// <summary>The outcome of <see cref="MarkReady"/>.</summary>
    public enum Mark
    {
        /// <summary>Another generation: the event was for a connection that is gone.</summary>
        Stale,

        /// <summary>Noted; the present owner will see it.</summary>
        Merged,

        /// <summary>Noted, and the caller must queue the connection: it now holds <see cref="Scheduled"/>.</summary>
        Schedule,
    }

    /// <summary>The generation in a state word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Generation(ulong state) => (uint)(state >> 32);

    /// <summary>Starts a generation: no bits set. Only the thread that took the slot from the free list (the event loop).</summary>
    public static void Open(ulong* word, uint generation) => Volatile.Write(ref *word, (ulong)generation << 32); // pairs with MarkReady's read

    /// <summary>Adds readiness bits and <see cref="Scheduled"/> in one step; fails when the generation is another. Any thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mark MarkReady(ulong* word, uint generation, uint bits)
    {
        ulong seen = Volatile.Read(ref *word); // pairs with Open, TakeReadiness, TryGoIdle and Close
        while (true)
        {
            if (Generation(seen) != generation)
            {
                return Mark.Stale;
            }

            ulong wanted = seen | bits | Scheduled;
            if (wanted == seen)
            {
                return Mark.Merged;
            }

            ulong found = Interlocked.CompareExchange(ref *word, wanted, seen); // pairs with TryGoIdle: one of the two sees the other
            if (found == seen)
            {
                return (seen & Scheduled) == 0 ? Mark.Schedule : Mark.Merged;
            }

            seen = found;
        }
    }

    /// <summary>Asks for the connection's end. Any thread; when it answers <see cref="Mark.Schedule"/> the caller queues the slot.</summary>
    public static Mark MarkClosing(ulong* word, uint generation) => MarkReady(word, generation, Closing);

    /// <summary>Takes the readiness bits. Only the owner.</summary>
    /// <returns>The word as it was, bits included.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong TakeReadiness(ulong* word)
        => Interlocked.And(ref *word, ~(ulong)Readiness); // pairs with MarkReady: a bit set later stays set

    /// <summary>
    /// Gives the connection up if nothing arrived since <see cref="TakeReadiness"/>. Only the owner; after true it owns nothing.
    /// Clearing without this comparison is the lost-event bug of edge-triggered servers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryGoIdle(ulong* word)
    {
        ulong seen = Volatile.Read(ref *word); // pairs with MarkReady
        while ((seen & (Readiness | Closing)) == 0)
        {
            ulong found = Interlocked.CompareExchange(ref *word, seen & ~(ulong)Scheduled, seen); // pairs with MarkReady
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Ends the generation: every token given out so far is stale. Only the owner, before it closes the descriptor.</summary>
    /// <returns>The next generation; never 0, which marks the engine's own tokens.</returns>
    public static uint Close(ulong* word)
    {
        uint next = Generation(Volatile.Read(ref *word)) + 1; // pairs with nothing: only the owner changes the generation
        next = next == 0 ? 1 : next;
        Interlocked.Exchange(ref *word, (ulong)next << 32); // pairs with MarkReady, which then answers Stale
        return next;
    }
}
