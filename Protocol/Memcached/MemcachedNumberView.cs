using Epollsrv.Native;

namespace Epollsrv.Protocol.Memcached;

/// <summary>A number as ma shows it.</summary>
/// <param name="Number">The number.</param>
/// <param name="Unique">Its unique, when that is asked for.</param>
/// <param name="Expiry">When it expired before the command.</param>
/// <param name="IsNew">Whether the command made it.</param>
internal readonly unsafe record struct MemcachedNumberView(ulong Number, ulong Unique, long Expiry, bool IsNew)
{
    /// <summary>Writes the reply.</summary>
    /// <returns>The place behind it.</returns>
    public byte* Write(byte* to, MemcachedRequest* request, in MemcachedMetaFlags flags, long now)
    {
        byte* text = stackalloc byte[MemcachedArithmetic.LongestNumber];
        int length = Numbers.WriteUnsigned(text, Number);
        to = flags.WantsValue ? MemcachedReply.Number(MemcachedReply.Copy(to, "VA "u8), length) : MemcachedReply.Copy(to, "HD"u8);
        long expiry = Expiry;
        for (int i = 0; i < flags.Count; i++)
        {
            to = MemcachedMeta.Answer(to, request, flags, flags.First + i, now, Unique, IsNew, ref expiry);
        }

        to = MemcachedReply.LineEnd(to);
        return flags.WantsValue ? MemcachedReply.LineEnd(MemcachedReply.Copy(to, text, length)) : to;
    }
}
