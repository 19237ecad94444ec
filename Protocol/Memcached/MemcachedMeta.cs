using System;

namespace Epollsrv.Protocol.Memcached;

/// <summary>What the meta commands have in common: their words in front of the flags, and the flags that any of them answers.</summary>
internal static unsafe class MemcachedMeta
{
    /// <summary>Reads the flags of a command that carries no value; false: it was answered.</summary>
    public static bool TryRead(MemcachedThread context, MemcachedRequest* request, bool isBrief, out MemcachedMetaFlags flags)
    {
        context.Counters->Meta++;
        flags = default;
        if (request->Key == null)
        {
            MemcachedReply.WrongWords(context);
            return false;
        }

        if (request->KeyLength > MemcachedParser.LongestKey)
        {
            MemcachedReply.WrongFormat(context, request);
            return false;
        }

        flags = MemcachedMetaFlags.Read(context, request, request->Key + request->KeyLength, wordsBefore: 2);
        if (flags.AreRight)
        {
            CheckOpaque(ref flags);
        }
        else if (isBrief)
        {
            flags.Complain("CLIENT_ERROR invalid or duplicate flag\r\n"u8);
        }

        if (!flags.AreRight)
        {
            Complain(context, request, flags);
        }

        request->Unique = flags.Unique;
        return flags.AreRight;
    }

    /// <summary>An opaque word that is too long is an error.</summary>
    public static void CheckOpaque(ref MemcachedMetaFlags flags)
    {
        for (int i = 0; i < flags.Count; i++)
        {
            if (*flags.First[i].Data == 'O' && flags.First[i].Length > MemcachedMetaFlags.LongestOpaque)
            {
                flags.Complain("CLIENT_ERROR opaque token too long\r\n"u8);
            }
        }
    }

    /// <summary>Answers what is wrong with flags.</summary>
    public static void Complain(MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags)
        => MemcachedReply.Error(context, request, new ReadOnlySpan<byte>(flags.Complaint, flags.ComplaintLength));

    /// <summary>Writes a blank and a letter.</summary>
    /// <returns>The place behind it.</returns>
    public static byte* Letter(byte* to, byte letter)
    {
        to[0] = (byte)' ';
        to[1] = letter;
        return to + 2;
    }

    /// <summary>Writes the answer to O or k.</summary>
    /// <returns>The place behind it; the same when it is another flag.</returns>
    public static byte* Echo(byte* to, MemcachedRequest* request, in MemcachedMetaFlags flags, MemcachedToken* word)
    {
        if (*word->Data == 'O')
        {
            *to++ = (byte)' ';
            return MemcachedReply.Copy(to, word->Data, word->Length);
        }

        if (*word->Data != 'k')
        {
            return to;
        }

        to = Letter(to, (byte)'k');
        return flags.IsBinary ? Letter(MemcachedBase64.Encode(to, request->KeySpan), (byte)'b')
            : MemcachedReply.Copy(to, request->Key, request->KeyLength);
    }

    /// <summary>Writes the answer to one of the flags that mg and ma have in common: t, c, O and k.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="request">The request.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="word">The one that is answered.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="unique">The answer to c.</param>
    /// <param name="isNew">Whether the command made the item.</param>
    /// <param name="expiry">When the item expires as far as the flags in front say; T, and N of a new one, change it.</param>
    /// <returns>The place behind it; the same when it has no answer.</returns>
    public static byte* Answer(
        byte* to, MemcachedRequest* request, in MemcachedMetaFlags flags, MemcachedToken* word, long now, ulong unique, bool isNew,
        ref long expiry)
    {
        switch (*word->Data)
        {
            case (byte)'T':
                expiry = flags.Expiry;
                return to;
            case (byte)'N' when isNew:
                expiry = flags.VivifyExpiry;
                return to;
            case (byte)'t':
                return MemcachedReply.Number(Letter(to, (byte)'t'), MemcachedTime.LeftOf(expiry, now));
            case (byte)'c':
                return Unique(to, unique);
            default:
                return Echo(to, request, flags, word);
        }
    }

    /// <summary>Writes the answer to c.</summary>
    /// <returns>The place behind it.</returns>
    public static byte* Unique(byte* to, ulong unique)
    {
        to = Letter(to, (byte)'c');
        return to + Native.Numbers.WriteUnsigned(to, unique);
    }

    /// <summary>A code and the answers to O and k.</summary>
    public static void Code(MemcachedThread context, MemcachedRequest* request, in MemcachedMetaFlags flags, ReadOnlySpan<byte> code)
    {
        byte* reply = context.Thread.Output.Reserve(MemcachedReply.MostReserved);
        byte* to = MemcachedReply.Copy(reply, code);
        for (int i = 0; i < flags.Count; i++)
        {
            to = Echo(to, request, flags, flags.First + i);
        }

        context.Thread.Output.Advance((int)(MemcachedReply.LineEnd(to) - reply));
    }
}
