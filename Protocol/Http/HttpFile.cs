using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>A file that is about to be sent: what its reply's head says of it. Lives on the stack.</summary>
internal unsafe struct HttpFile
{
    public const int LongestName = 255;

    private const int TagBytes = 96;

    private fixed byte _tag[TagBytes];
    private int _tagLength;

    /// <summary>The open file, −1 once it is somebody else's.</summary>
    public int Descriptor;

    public FileStatus Status;

    /// <summary>Its identity; only when <see cref="IsIdentified"/>.</summary>
    public SharedIdentity Identity;

    /// <summary>Whether it is hashed: the entity tag is strong then.</summary>
    public bool IsIdentified;

    /// <summary>Its name, in the thread's scratch memory.</summary>
    public byte* NameStart;

    public int NameLength;

    public readonly ReadOnlySpan<byte> Name => new(NameStart, NameLength);

    /// <summary>Last change, whole seconds since 1970.</summary>
    public readonly long Modified => Math.Max(0, Status.ModifiedNanoseconds) / 1_000_000_000;

    /// <summary>
    /// Whether <see cref="Modified"/> names one content: not when the file was changed later than it says, because the time was set by
    /// hand or with the file itself (cp -p, tar), nor in the second it names.
    /// </summary>
    public readonly bool IsDateStrong(long now) => Math.Max(0, Status.ChangedNanoseconds) / 1_000_000_000 == Modified && now - Modified > 1;

    /// <summary>The entity tag: see <see cref="MakeTag"/>.</summary>
    public ReadOnlySpan<byte> Tag => new(Unsafe.AsPointer(ref _tag[0]), _tagLength);

    /// <summary>Decodes the name in a request's path into the thread's scratch memory.</summary>
    /// <returns>False: no file has such a name.</returns>
    public bool TryReadName(HttpThread context, ReadOnlySpan<byte> encoded)
    {
        const int LongestEncoded = 3 * LongestName;
        NameStart = context.Scratch;
        NameLength = encoded.Length > LongestEncoded ? -1 : HttpText.Decode(encoded, new Span<byte>(NameStart, LongestEncoded));
        return NameLength is > 0 and <= LongestName;
    }

    /// <summary>
    /// Makes the entity tag: "HASH-SIZE" with the hash of the pieces' hashes once it is known, else W/"INODE-SIZE-TIME-CHANGE" with
    /// the times of the content and of any change: weak, because content may change twice within its resolution.
    /// </summary>
    public void MakeTag()
    {
        fixed (byte* start = _tag)
        fixed (byte* pieces = Identity.Pieces)
        {
            Span<byte> tag = new(start, TagBytes);
            int length = 0;
            if (IsIdentified)
            {
                tag[length++] = (byte)'"';
                length += Numbers.WriteHex(tag[length..], new ReadOnlySpan<byte>(pieces, SharedIdentity.HashBytes));
            }
            else
            {
                "W/\""u8.CopyTo(tag);
                length = 3 + Number(tag[3..], (long)Status.Inode);
            }

            tag[length++] = (byte)'-';
            length += Number(tag[length..], Status.Size);
            if (!IsIdentified)
            {
                tag[length++] = (byte)'-';
                length += Number(tag[length..], Status.ModifiedNanoseconds);
                tag[length++] = (byte)'-';
                length += Number(tag[length..], Status.ChangedNanoseconds);
            }

            tag[length++] = (byte)'"';
            _tagLength = length;
        }
    }

    private static int Number(Span<byte> target, long number) => Numbers.WriteHex(target, (ulong)number);
}
