using System.Runtime.CompilerServices;

namespace Epollsrv.Bench;

/// <summary>One connection of the load generator, in native memory. Belongs to one thread.</summary>
internal unsafe struct BenchConnection
{
    /// <summary>Most requests in flight on a connection: the bits of <see cref="_writes"/>.</summary>
    public const int MostInFlight = 1024;

    /// <summary>The socket, or −1.</summary>
    public int Descriptor;

    /// <summary>1 while a non-blocking connect is under way.</summary>
    public int Connecting;

    /// <summary>Requests sent, ever (also those that wait in <see cref="Unsent"/>).</summary>
    public long Sent;

    /// <summary>Replies received, ever.</summary>
    public long Received;

    /// <summary>With a fixed rate: requests that became due, ever.</summary>
    public long Due;

    /// <summary>When the batch in flight was sent, nanoseconds; with a fixed rate when request 0 was due.</summary>
    public long Started;

    /// <summary>Bytes of the current reply that were announced and have not come.</summary>
    public long Skip;

    /// <summary>Bytes of a reply whose header is not whole, kept in <see cref="Kept"/>.</summary>
    public int KeptLength;

    /// <summary>Room for <see cref="ReplyParser.MostKept"/> bytes, or null.</summary>
    public byte* Kept;

    /// <summary>Bytes the socket did not take yet, or null.</summary>
    public byte* Unsent;

    /// <summary>Where they begin in <see cref="Unsent"/>.</summary>
    public long UnsentOffset;

    /// <summary>Where they end.</summary>
    public long UnsentEnd;

    /// <summary>When it was opened, nanoseconds.</summary>
    public long Opened;

    // A bit for each request in flight: 1 for a write.
    private fixed ulong _writes[MostInFlight / 64];

    /// <summary>Requests in flight.</summary>
    public readonly int InFlight => (int)(Sent - Received);

    /// <summary>Whether request number <paramref name="sequence"/> is a write.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsWrite(long sequence) => (_writes[(sequence >> 6) & ((MostInFlight / 64) - 1)] >> (int)(sequence & 63) & 1) != 0;

    /// <summary>Says what request number <paramref name="sequence"/> is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Mark(long sequence, bool isWrite)
    {
        ref ulong word = ref _writes[(sequence >> 6) & ((MostInFlight / 64) - 1)];
        ulong bit = 1ul << (int)(sequence & 63);
        word = isWrite ? word | bit : word & ~bit;
    }
}
