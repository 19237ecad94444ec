using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// The state word of a connection slot: a generation in the upper 32 bits, the bits below in the lower. Every change of a state
/// word is one of the named transitions in this file; nothing else in the program touches one.
/// Whoever turns <see cref="Scheduled"/> on owns the connection until it turns it off, and hands the ownership on through the
/// work queue: so a connection has at most one queue entry and is touched by at most one thread at a time.
/// From the moment its end begins until the next connection is admitted whole, a slot is <see cref="Closed"/>: its word holds a generation
/// that no token names, and <see cref="Scheduled"/>, so that nobody can queue it, not even who takes the number from the word itself.
/// </summary>
internal static unsafe class ConnectionState
{
    /// <summary>The connection must be closed by its next owner: a kill, a time-out or the end of the process.</summary>
    public const uint Closing = 1;

    /// <summary>The connection has an owner or waits in a queue for one.</summary>
    public const uint Scheduled = 2;

    /// <summary>The kernel reported that the peer shut down sending. Sticky: a short read then does not prove "nothing more".</summary>
    public const uint PeerClosed = 4;

    /// <summary>There may be bytes to receive. A hint.</summary>
    public const uint Read = 8;

    /// <summary>There may be room to send. A hint.</summary>
    public const uint Write = 16;

    /// <summary>Something lies in the mailbox, or the server's state changed: look.</summary>
    public const uint Posted = 32;

    /// <summary>The slot is free, being closed, or not yet admitted. The highest bit of the generation, which no token has.</summary>
    public const ulong Closed = 1ul << 63;

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

    /// <summary>The generation in a state word; of a closed slot a number that no token has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Generation(ulong state) => (uint)(state >> 32);

    /// <summary>Whether a word is that of a connection which others may know.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpen(ulong state) => (state & Closed) == 0;

    /// <summary>A closed slot's word before the first connection.</summary>
    public static void Prepare(ulong* word)
        => Volatile.Write(ref *word, Closed | (1ul << 32) | Scheduled); // pairs with every read of a word

    /// <summary>The generation that <see cref="Open"/> will start: for registering the connection before anybody can mark it.</summary>
    public static uint NextGeneration(ulong* word) => Generation(Volatile.Read(ref *word) & ~Closed); // pairs with Close

    /// <summary>
    /// Starts the generation: no bits set. Only the thread that took the slot from the free list (the event loop), as its last step: from
    /// here on the connection may be marked, and be closed by another thread.
    /// </summary>
    public static void Open(ulong* word)
    {
        // Releases the fields to who reads the word; a fence, for ConnectionSignals.Post.
        Interlocked.Exchange(ref *word, (ulong)NextGeneration(word) << 32);
    }

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

    /// <summary>Asks for the connection's end. Any thread; after <see cref="Mark.Schedule"/> the caller queues the slot.</summary>
    public static Mark MarkClosing(ulong* word, uint generation) => MarkReady(word, generation, Closing);

    /// <summary>Whether the connection's end was asked for. Any thread.</summary>
    public static bool IsClosing(ulong* word) => (Volatile.Read(ref *word) & Closing) != 0; // pairs with MarkClosing

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

    /// <summary>
    /// Ends the generation: every token given out so far is stale, and there is no other before <see cref="Open"/>. Only the owner, before
    /// it frees what the connection holds.
    /// </summary>
    public static void Close(ulong* word)
    {
        uint next = (Generation(Volatile.Read(ref *word)) + 1) & int.MaxValue; // pairs with nothing: only the owner changes the generation
        next = next == 0 ? 1 : next; // 0 marks the engine's own tokens
        Interlocked.Exchange(ref *word, Closed | ((ulong)next << 32) | Scheduled); // pairs with MarkReady, which then answers Stale
    }
}
