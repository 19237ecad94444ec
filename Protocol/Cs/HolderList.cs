using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// Operations on a stored value as a list of the peers that hold a file: "ADDRESS PORT" pairs, separated by white space. Any thread; nothing allocates.
/// </summary>
/// <remarks>
/// A holder is a token that can be a host (letters, digits, and .-_:[]%, not digits alone) followed by a token that can be a port (1 … 65535).
/// White space round a holder is no part of it: the C program registers "127.0.0.1 51002\n" with the newline of its configuration line.
/// Values are kept byte for byte, that newline included; only what is appended is brought to one space between tokens, because the
/// C program's parser breaks on two.
/// </remarks>
internal static partial class HolderList
{
    /// <summary>Enough for what <see cref="Append"/> writes: holders that were separated by a newline alone get a space as well.</summary>
    public const int MaximumAddition = 2 * CsFrame.MaximumValue;

    /// <summary>
    /// Longest value that is looked at as a list, bytes: about 800 holders, of which a reply shows 70. Lists are searched from their
    /// beginning, on the event loop and under the key's lock, so that a long one would keep everybody waiting.
    /// </summary>
    public const int LongestList = 16 * 1024;

    // More than the longest host and port: a token cut there was none of either.
    private const int LongestHolder = 512;

    /// <summary>Finds the next holder at or after <paramref name="position"/> and moves it behind that holder.</summary>
    /// <param name="list">The value.</param>
    /// <param name="position">From 0.</param>
    /// <param name="host">Where the address is.</param>
    /// <param name="port">Where the port is.</param>
    /// <returns>False at the end. Tokens that are no holder are passed over.</returns>
    public static bool Next(ReadOnlySpan<byte> list, ref int position, out Range host, out Range port)
    {
        host = port = default;
        Range previous = default;
        bool havePrevious = false;
        while (NextToken(list, ref position, out Range token))
        {
            if (havePrevious && IsPort(list[token]))
            {
                host = previous;
                port = token;
                return true;
            }

            previous = token;
            havePrevious = IsHost(list[token]);
        }

        return false;
    }

    /// <summary>Whether the value is nothing but holders, at least one, and no longer than <see cref="LongestList"/>.</summary>
    public static bool IsList(ReadOnlySpan<byte> value)
    {
        if (value.Length > LongestList)
        {
            return false;
        }

        int position = 0;
        bool any = false;
        while (NextToken(value, ref position, out Range host))
        {
            if (!IsHost(value[host]) || !NextToken(value, ref position, out Range port) || !IsPort(value[port]))
            {
                return false;
            }

            any = true;
        }

        return any;
    }

    /// <summary>Whether the list has this holder.</summary>
    public static bool Contains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> host, ReadOnlySpan<byte> port)
    {
        int position = 0;
        while (Next(list, ref position, out Range otherHost, out Range otherPort))
        {
            if (list[otherHost].SequenceEqual(host) && list[otherPort].SequenceEqual(port))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every holder in <paramref name="holders"/> (a list, often of one) is in <paramref name="list"/>.</summary>
    public static bool ContainsAll(ReadOnlySpan<byte> list, ReadOnlySpan<byte> holders)
    {
        int position = 0;
        while (Next(holders, ref position, out Range host, out Range port))
        {
            if (!Contains(list, holders[host], holders[port]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// What a PUT to a key that exists adds behind the stored value: 0 bytes when every holder it carries is already listed; else one space and
    /// the new holders, joined by single spaces, with the newline that stood right behind a port. A value that is no list of holders is
    /// added as it is, after one space; so is everything to one longer than <see cref="LongestList"/>.
    /// </summary>
    /// <param name="stored">What the key holds.</param>
    /// <param name="value">The value of the PUT, at most 255 bytes.</param>
    /// <param name="addition">At least <see cref="MaximumAddition"/> bytes.</param>
    /// <returns>How many bytes of <paramref name="addition"/> to append; 0: nothing changes.</returns>
    public static int Append(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> value, Span<byte> addition)
    {
        if (stored.Length > LongestList || !IsList(value) || !(IsList(stored) || IsBlank(stored) || ContainsAll(stored, value)))
        {
            // An empty PUT to a list would leave two spaces once the next holder comes.
            if (value.IsEmpty && IsList(stored))
            {
                return 0;
            }

            addition[0] = (byte)' ';
            value.CopyTo(addition[1..]);
            return value.Length + 1;
        }

        int length = 0;
        int position = 0;
        bool separated = stored.IsEmpty || (IsSpace(stored[^1]) && stored[^1] != '\n');
        while (Next(value, ref position, out Range host, out Range port))
        {
            ReadOnlySpan<byte> hostBytes = value[host];
            ReadOnlySpan<byte> portBytes = value[port];
            if (Contains(stored, hostBytes, portBytes) || Contains(addition[..length], hostBytes, portBytes))
            {
                continue;
            }

            if (length > 0 || !separated)
            {
                addition[length++] = (byte)' ';
            }

            length += Copy(hostBytes, addition[length..]);
            addition[length++] = (byte)' ';
            length += Copy(portBytes, addition[length..]);
            if (position < value.Length && value[position] == '\n')
            {
                addition[length++] = (byte)'\n';
            }
        }

        return length;
    }

    /// <summary>Writes the list without some holders; the others keep their bytes and are joined by one space.</summary>
    /// <param name="list">What the key holds.</param>
    /// <param name="holders">The holders to take out.</param>
    /// <param name="target">At least as long as <paramref name="list"/>; may be the same memory.</param>
    /// <returns>The new length; 0 when no holder is left (the key goes); −1 when none of them was there or it is longer than <see cref="LongestList"/> (nothing is written).</returns>
    public static int Remove(ReadOnlySpan<byte> list, ReadOnlySpan<byte> holders, Span<byte> target)
    {
        if (list.Length > LongestList)
        {
            return -1;
        }

        int length = 0;
        int position = 0;
        int keptFrom = 0;
        bool removed = false;
        while (true)
        {
            bool more = Next(list, ref position, out Range host, out Range port);
            if (more && !Contains(holders, list[host], list[port]))
            {
                continue;
            }

            int keptTo = more ? host.Start.Value : list.Length;
            ReadOnlySpan<byte> kept = list[keptFrom..keptTo].Trim((byte)' ');
            if (removed || more)
            {
                if (!IsBlank(kept))
                {
                    if (length > 0)
                    {
                        target[length++] = (byte)' ';
                    }

                    kept.CopyTo(target[length..]);
                    length += kept.Length;
                }
            }

            if (!more)
            {
                return removed ? length : -1;
            }

            removed = true;
            keptFrom = position < list.Length && list[position] == '\n' ? position + 1 : position;
        }
    }

    /// <summary>How much of a value goes into a reply with room for <paramref name="capacity"/> bytes.</summary>
    /// <returns>All of it when it fits; of a longer list the bytes up to the end of the last whole holder that fits; −1 when not even one does or the value is no list.</returns>
    public static int WholePrefix(ReadOnlySpan<byte> value, int capacity)
    {
        if (value.Length <= capacity)
        {
            return value.Length;
        }

        value = value[..Math.Min(value.Length, capacity + LongestHolder)];
        int position = 0;
        int end = -1;
        while (NextToken(value, ref position, out Range host) && host.Start.Value < capacity)
        {
            if (!IsHost(value[host]) || !NextToken(value, ref position, out Range port) || !IsPort(value[port]))
            {
                // Junk within what would be shown: not a list.
                return -1;
            }

            if (port.End.Value > capacity)
            {
                break;
            }

            end = port.End.Value;
            if (end < capacity && value[end] == '\n')
            {
                end++;
            }
        }

        return end;
    }
}
