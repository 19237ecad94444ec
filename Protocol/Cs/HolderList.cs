using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// Operations on a value as a list of the peers that hold a file: "ADDRESS PORT" pairs, separated by white space. Any thread; nothing
/// allocates.
/// </summary>
/// <remarks>
/// A holder is a token that can be a host followed by a token that is a port (<see cref="HolderToken"/>).
/// White space round a holder is no part of it: the C program registers "127.0.0.1 51002\n" with the newline of its configuration line.
/// It is kept where it stood, because that program's clients compare a holder with their own line. All other white space becomes one space
/// between tokens, because their parser breaks on two.
/// </remarks>
internal static class HolderList
{
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
        while (HolderToken.Next(list, ref position, out Range token))
        {
            if (havePrevious && HolderToken.IsPort(list[token]))
            {
                host = previous;
                port = token;
                return true;
            }

            previous = token;
            havePrevious = HolderToken.IsHost(list[token]);
        }

        return false;
    }

    /// <summary>Whether the value is nothing but holders, at least one.</summary>
    public static bool IsList(ReadOnlySpan<byte> value)
    {
        // Every value that is PUT is asked about. A list ends with a port and has two words: nearly all others are told apart by that.
        int end = value.Length;
        while (end > 0 && HolderToken.IsSpace(value[end - 1]))
        {
            end--;
        }

        if (end == 0 || value[end - 1] is < (byte)'0' or > (byte)'9'
            || (value[..end].IndexOf((byte)' ') < 0 && value[..end].IndexOfAnyInRange((byte)9, (byte)13) < 0))
        {
            return false;
        }

        int position = 0;
        bool any = false;
        while (HolderToken.Next(value, ref position, out Range host))
        {
            if (!HolderToken.IsHost(value[host])
                || !HolderToken.Next(value, ref position, out Range port) || !HolderToken.IsPort(value[port]))
            {
                return false;
            }

            any = true;
        }

        return any;
    }

    /// <summary>Whether the value is one holder and nothing else.</summary>
    public static bool IsOne(ReadOnlySpan<byte> value)
    {
        int position = 0;
        return IsList(value) && Next(value, ref position, out _, out _) && !Next(value, ref position, out _, out _);
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

    /// <summary>The newline that stands at <paramref name="position"/>, right behind a port.</summary>
    public static Registration.Kind NewLineAt(ReadOnlySpan<byte> list, int position)
    {
        ReadOnlySpan<byte> rest = list[position..];
        return rest.StartsWith("\n"u8) ? Registration.Kind.NewLine
            : rest.StartsWith("\r\n"u8) ? Registration.Kind.NewLine | Registration.Kind.Return
            : 0;
    }

    /// <summary>A holder as it is compared and stored: host and port with one space between.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="target">255 bytes: more than a value can hold.</param>
    public static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> host, ReadOnlySpan<byte> port, Span<byte> target)
    {
        host.CopyTo(target);
        target[host.Length] = (byte)' ';
        port.CopyTo(target[(host.Length + 1)..]);
        return target[..(host.Length + 1 + port.Length)];
    }

    /// <summary>Writes the list without some holders; the others keep their bytes and are joined by one space.</summary>
    /// <param name="list">What the key holds.</param>
    /// <param name="holders">The holders to take out.</param>
    /// <param name="target">At least as long as <paramref name="list"/>; may be the same memory.</param>
    /// <returns>The new length; 0 when no holder is left (the key goes); −1 when none of them was there (nothing is written).</returns>
    public static int Remove(ReadOnlySpan<byte> list, ReadOnlySpan<byte> holders, Span<byte> target)
    {
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
    /// <returns>
    /// All of it when it fits; of a longer list the bytes up to the end of the last whole holder that fits; −1 when not even one does or
    /// the value is no list.
    /// </returns>
    public static int WholePrefix(ReadOnlySpan<byte> value, int capacity)
    {
        if (value.Length <= capacity)
        {
            return value.Length;
        }

        value = value[..Math.Min(value.Length, capacity + LongestHolder)];
        int position = 0;
        int end = -1;
        while (HolderToken.Next(value, ref position, out Range host) && host.Start.Value < capacity)
        {
            if (!HolderToken.IsHost(value[host])
                || !HolderToken.Next(value, ref position, out Range port) || !HolderToken.IsPort(value[port]))
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

    private static bool IsBlank(ReadOnlySpan<byte> value)
    {
        int position = 0;
        return !HolderToken.Next(value, ref position, out _);
    }
}
