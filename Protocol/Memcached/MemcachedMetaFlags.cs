using System;

namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// The flags of a meta command: what they ask for and what they change. The words stay in <see cref="MemcachedThread.Tokens"/>, in whose
/// order most of them are answered.
/// </summary>
internal unsafe struct MemcachedMetaFlags
{
    /// <summary>Most words of a line, the command's name among them.</summary>
    public const int MostWords = 19;

    /// <summary>Bytes of the longest opaque word, its O among them.</summary>
    public const int LongestOpaque = 32;

    /// <summary>What is wrong with them, as it is answered; empty: nothing.</summary>
    public byte* Complaint;

    /// <summary>Bytes of it.</summary>
    public int ComplaintLength;

    /// <summary>The first of them among the words.</summary>
    public MemcachedToken* First;

    /// <summary>How many there are.</summary>
    public int Count;

    /// <summary>T: the expiry time from now on.</summary>
    public long Expiry;

    /// <summary>N: that of an item that is made because there was none.</summary>
    public long VivifyExpiry;

    /// <summary>R: an item that expires before this is to be replaced.</summary>
    public long RecacheExpiry;

    /// <summary>D: what is added.</summary>
    public ulong Delta;

    /// <summary>J: the first number.</summary>
    public ulong Initial;

    /// <summary>C: what the unique has to be.</summary>
    public ulong Unique;

    /// <summary>F: the client's flags.</summary>
    public uint ClientFlags;

    /// <summary>M: the mode; 0: none is given.</summary>
    public byte Mode;

    /// <summary>b: the key is written in base64.</summary>
    public bool IsBinary;

    /// <summary>Whether there is a C.</summary>
    public bool HasUnique;

    /// <summary>c.</summary>
    public bool WantsUnique;

    /// <summary>Whether there is a T.</summary>
    public bool HasExpiry;

    /// <summary>Whether there is an N.</summary>
    public bool Vivifies;

    /// <summary>Whether N stands behind T: of an item that is made the last of them counts.</summary>
    public bool VivifiesLast;

    /// <summary>Whether there is an R.</summary>
    public bool Recaches;

    /// <summary>Whether R stands behind T, whose expiry time it then looks at.</summary>
    public bool RecachesLast;

    /// <summary>I.</summary>
    public bool Invalidates;

    /// <summary>q: what is the usual case is not answered.</summary>
    public bool IsQuiet;

    /// <summary>u: this is no use of the item.</summary>
    public bool KeepsClock;

    /// <summary>v: the value is wanted.</summary>
    public bool WantsValue;

    /// <summary>Reads the flags of a request, decodes a key in base64, and finds what is wrong with them.</summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="request">The request; its key becomes the decoded one.</param>
    /// <param name="behindKey">Where the flags begin in the line.</param>
    /// <param name="wordsBefore">Words in front of them.</param>
    public static MemcachedMetaFlags Read(MemcachedThread context, MemcachedRequest* request, byte* behindKey, int wordsBefore)
    {
        MemcachedMetaFlags flags = new() { First = context.Tokens, Delta = 1 };
        flags.Count = MemcachedWords.Split(behindKey, request->LineEnd, context.Tokens, MostWords - wordsBefore);
        if (flags.Count > MostWords - wordsBefore)
        {
            flags.Count = 0;
            flags.Complain("CLIENT_ERROR options flags are too long\r\n"u8);
            return flags;
        }

        UInt128 seen = 0;
        for (int i = 0; i < flags.Count; i++)
        {
            MemcachedToken* word = flags.First + i;
            byte letter = *word->Data;
            if (letter >= 127 || ((seen >> letter) & 1) != 0)
            {
                flags.Complain("CLIENT_ERROR duplicate flag\r\n"u8);
                return flags;
            }

            seen |= UInt128.One << letter;
            if (!flags.Take(context, request, letter, word))
            {
                return flags;
            }
        }

        return flags;
    }

    /// <summary>Whether T is done.</summary>
    /// <param name="isNew">Whether the item was made for N.</param>
    public readonly bool SetsExpiry(bool isNew) => HasExpiry && !(isNew && VivifiesLast);

    /// <summary>R in seconds from now: an item with less time is to be replaced.</summary>
    public readonly long RecacheSeconds(long now) => RecacheExpiry == 0 ? 0 : MemcachedTime.LeftOf(RecacheExpiry, now);

    /// <summary>Whether nothing is wrong with them.</summary>
    public readonly bool AreRight => ComplaintLength == 0;

    // False: nobody knows it, and the rest is not looked at. Of other mistakes the last one is told, as memcached does.
    private bool Take(MemcachedThread context, MemcachedRequest* request, byte letter, MemcachedToken* word)
    {
        MemcachedToken rest = new() { Data = word->Data + 1, Length = word->Length - 1 };
        switch (letter)
        {
            case (byte)'b':
                IsBinary = true;
                if (!MemcachedBase64.TryDecode(request, context.KeyScratch))
                {
                    Complain("CLIENT_ERROR error decoding key\r\n"u8);
                    return true;
                }

                request->Hash = context.Access.Hash(request->Key, request->KeyLength);
                return true;
            case (byte)'N':
                Vivifies = true;
                VivifiesLast = HasExpiry;
                return TakeTime(context, rest, out VivifyExpiry);
            case (byte)'T':
                HasExpiry = true;
                return TakeTime(context, rest, out Expiry);
            case (byte)'R':
                Recaches = true;
                RecachesLast = HasExpiry;
                return TakeTime(context, rest, out RecacheExpiry);
            case (byte)'F':
                return Check(MemcachedNumber.TryRead(rest, out ClientFlags) || !AreRight, "CLIENT_ERROR bad command line format\r\n"u8);
            case (byte)'C':
                HasUnique = true;
                return Check(MemcachedNumber.TryRead(rest, out Unique), "CLIENT_ERROR bad token in command line format\r\n"u8);
            case (byte)'M':
                Mode = rest.Length == 1 ? *rest.Data : (byte)0;
                return Check(rest.Length == 1, "CLIENT_ERROR incorrect length for M token\r\n"u8);
            case (byte)'J':
                return Check(MemcachedNumber.TryRead(rest, out Initial), "CLIENT_ERROR invalid numeric initial value\r\n"u8);
            case (byte)'D':
                return Check(MemcachedNumber.TryRead(rest, out Delta), "CLIENT_ERROR invalid numeric delta value\r\n"u8);
            case (byte)'I':
                return Invalidates = true;
            case (byte)'c':
                return WantsUnique = true;
            case (byte)'q':
                return IsQuiet = true;
            case (byte)'u':
                return KeepsClock = true;
            case (byte)'v':
                return WantsValue = true;
            case (byte)'O' or (byte)'P' or (byte)'L' or (byte)'k' or (byte)'s' or (byte)'t' or (byte)'f' or (byte)'l' or (byte)'h':
                return true;
            default:
                Complain("CLIENT_ERROR invalid flag\r\n"u8);
                return false;
        }
    }

    private bool TakeTime(MemcachedThread context, in MemcachedToken word, out long expiry)
    {
        bool read = MemcachedNumber.TryRead(word, out long time);
        expiry = MemcachedTime.ToExpiry(time, context.Access.Now);
        return Check(read, "CLIENT_ERROR bad token in command line format\r\n"u8);
    }

    private bool Check(bool right, ReadOnlySpan<byte> complaint)
    {
        if (!right)
        {
            Complain(complaint);
        }

        return true;
    }

    /// <summary>Notes what is wrong: a constant text with its line end.</summary>
    public void Complain(ReadOnlySpan<byte> constant)
    {
        Complaint = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(constant));
        ComplaintLength = constant.Length;
    }
}
