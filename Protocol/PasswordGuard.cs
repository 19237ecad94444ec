using System;
using System.Buffers.Binary;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol;

/// <summary>
/// Slows the guessing of the password down, over all connections and protocols: after a wrong one, no password from that address is looked
/// at for a while, right or wrong, or many guesses at once would be as fast as before. Other addresses are never delayed. Any thread.
/// </summary>
internal sealed unsafe class PasswordGuard
{
    /// <summary>What a wrong password waits for its answer, and further ones from its address
    /// before they are looked at. The engine's timers make up to 250 more of it.</summary>
    public const int DelayMilliseconds = 250;

    /// <summary>Bytes of the longest password: what a CS frame carries, because nodes
    /// tell each other. So nobody is kept busy with comparing, either.</summary>
    public const int LongestPassword = 255;

    /// <summary>Bytes of replies that somebody who has not given the password may leave
    /// unread beside what the kernel holds, before the connection is closed.</summary>
    public const int MostUnsent = 4096;

    // Addresses remembered: sets of a few, of which the one that has waited longest gives way.
    private const int Sets = 256;
    private const int Ways = 4;

    private const long Delay = DelayMilliseconds * 1_000_000L;
    private readonly LogLimit _lines = new(most: 1, nanoseconds: 10_000_000_000);
    private readonly Lock _lock = new();
    private GuessingAddress[] _addresses = [];
    private long _quietFrom;
    private long _wrong;

    /// <summary>Wrong passwords so far, over all protocols. Any thread.</summary>
    public long Wrong => Volatile.Read(ref _wrong); // pairs with Check

    /// <summary>Looks at a password that the connection that a thread owns has sent.</summary>
    /// <param name="thread">Owns the connection.</param>
    /// <param name="protocol">Its protocol's name, for the log.</param>
    /// <param name="password">The node's.</param>
    /// <param name="attempt">The client's.</param>
    /// <param name="wait">Milliseconds to wait before the answer (<see cref="PasswordVerdict.Wrong"/>)
    /// or before asking again (<see cref="PasswordVerdict.Later"/>).</param>
    public PasswordVerdict Check(
        ThreadContext thread, string protocol, ReadOnlySpan<byte> password, ReadOnlySpan<byte> attempt, out int wait)
    {
        wait = 0;
        long now = thread.Started;
        bool right = attempt.Length <= LongestPassword && PasswordCheck.Matches(password, attempt);
        if (right && now >= Volatile.Read(ref _quietFrom)) // pairs with NoteWrong: a guess made in this very moment is one more, at most
        {
            return PasswordVerdict.Right;
        }

        _ = thread.Connection->PeerAddress(out SocketAddress peer);
        ulong address = KeyOf(ref peer);
        lock (_lock)
        {
            ref GuessingAddress entry = ref Find(address);
            if (entry.Address == address && entry.Until > now)
            {
                wait = (int)((entry.Until - now + 999_999) / 1_000_000);
                return PasswordVerdict.Later;
            }

            if (right)
            {
                return PasswordVerdict.Right;
            }

            entry.Address = address;
            entry.Until = now + Delay;
            Volatile.Write(ref _quietFrom, Math.Max(_quietFrom, entry.Until)); // pairs with Check
            Volatile.Write(ref _wrong, _wrong + 1); // pairs with Wrong
        }

        if (_lines.Allows(now, out string addition))
        {
            string from = peer.Family == SocketAddress.FamilyUnix ? "a Unix-domain socket" : peer.Host();
            thread.Server.Log(4, "a wrong password from " + from + " over " + protocol + addition,
                new("peer", from), new("protocol", protocol), new("connection", thread.Connection->Identifier));
        }

        // More than the time of the address, whatever is rounded: who is answered may try again.
        wait = DelayMilliseconds + 1;
        return PasswordVerdict.Wrong;
    }

    /// <summary>What of an address counts: IPv4 as it is, written as IPv6 too; of
    /// IPv6 the network of 64 bits, which one client often has all of.</summary>
    public static ulong KeyOf(ref SocketAddress peer)
    {
        const ulong Version4 = 0xFFFF_0000_0000;
        if (peer.Family == SocketAddress.FamilyIPv4)
        {
            return Version4 | peer.IPv4;
        }

        if (peer.Family != SocketAddress.FamilyIPv6)
        {
            return 0;
        }

        fixed (byte* data = peer.Data)
        {
            ulong high = BinaryPrimitives.ReadUInt64BigEndian(new ReadOnlySpan<byte>(data + 8, 8));
            ulong low = BinaryPrimitives.ReadUInt64BigEndian(new ReadOnlySpan<byte>(data + 16, 8));
            return high == 0 ? low : high;
        }
    }

    // The address's place, or one that it may take.
    private ref GuessingAddress Find(ulong address)
    {
        if (_addresses.Length == 0)
        {
            _addresses = new GuessingAddress[Sets * Ways];
        }

        int first = (int)((address * 0x9E3779B97F4A7C15) >> 56) * Ways;
        int oldest = first;
        for (int i = first; i < first + Ways; i++)
        {
            if (_addresses[i].Address == address)
            {
                return ref _addresses[i];
            }

            oldest = _addresses[i].Until < _addresses[oldest].Until ? i : oldest;
        }

        return ref _addresses[oldest];
    }
}
