using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>An item as mg shows it.</summary>
internal unsafe struct MemcachedMetaView
{
    /// <summary>When it expired before the command.</summary>
    public long Expiry;

    /// <summary>Milliseconds since it was used before.</summary>
    public long Idle;

    /// <summary>Whether somebody had read it before.</summary>
    public bool IsRead;

    /// <summary>Flags and state before the command.</summary>
    public ItemFields Fields;

    /// <summary>Its unique, when that is asked for.</summary>
    public ulong Unique;

    /// <summary>Whether the command made it.</summary>
    public bool IsNew;

    /// <summary>Whether the client gets the right to replace it.</summary>
    public bool Won;

    /// <summary>Writes the line: the code, and the answers in the order of the flags, of which T counts for those behind it.</summary>
    /// <returns>The place behind it.</returns>
    public readonly byte* Write(byte* to, MemcachedRequest* request, in MemcachedMetaFlags flags, Entry* entry, long now)
    {
        if (flags.WantsValue)
        {
            to = MemcachedReply.Number(MemcachedReply.Copy(to, "VA "u8), entry->ValueLength);
        }
        else
        {
            to = MemcachedReply.Copy(to, "HD"u8);
        }

        long expiry = Expiry;
        for (int i = 0; i < flags.Count; i++)
        {
            MemcachedToken* word = flags.First + i;
            switch (*word->Data)
            {
                case (byte)'s':
                    to = MemcachedReply.Number(MemcachedMeta.Letter(to, (byte)'s'), entry->ValueLength);
                    break;
                case (byte)'f':
                    to = MemcachedReply.Number(MemcachedMeta.Letter(to, (byte)'f'), Fields.ClientFlags);
                    break;
                case (byte)'l':
                    to = MemcachedReply.Number(MemcachedMeta.Letter(to, (byte)'l'), Idle / 1000);
                    break;
                case (byte)'h':
                    to = MemcachedMeta.Letter(to, (byte)'h');
                    *to++ = (byte)(IsRead ? '1' : '0');
                    break;
                default:
                    to = MemcachedMeta.Answer(to, request, flags, word, now, Unique, IsNew, ref expiry);
                    break;
            }
        }

        to = !IsNew && (Fields.State & ItemState.WinSent) != 0 ? MemcachedMeta.Letter(to, (byte)'Z') : to;
        to = (Fields.State & ItemState.Stale) != 0 ? MemcachedMeta.Letter(to, (byte)'X') : to;
        to = Won ? MemcachedMeta.Letter(to, (byte)'W') : to;
        return MemcachedReply.LineEnd(to);
    }
}
