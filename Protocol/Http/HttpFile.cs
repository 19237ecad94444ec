using System;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Http;

/// <summary>A file that is about to be sent: what its reply's head says of it. Lives on the stack.</summary>
internal unsafe struct HttpFile
{
    private const int TagBytes = 96;

    private fixed byte _tag[TagBytes];
    private int _tagLength;

    /// <summary>The open file, −1 once it is somebody else's.</summary>
    public int Descriptor;

    /// <summary>Its status.</summary>
    public FileStatus Status;

    /// <summary>Its identity; only when <see cref="IsIdentified"/>.</summary>
    public SharedIdentity Identity;

    /// <summary>Whether it is hashed: the entity tag is strong then.</summary>
    public bool IsIdentified;

    /// <summary>Its name; not moved while this lives.</summary>
    public byte* NameStart;

    /// <summary>Bytes of the name.</summary>
    public int NameLength;

    /// <summary>The name.</summary>
    public readonly ReadOnlySpan<byte> Name => new(NameStart, NameLength);

    /// <summary>Last change, whole seconds since 1970.</summary>
    public readonly long Modified => Math.Max(0, Status.ModifiedNanoseconds) / 1_000_000_000;

    /// <summary>The entity tag: see <see cref="MakeTag"/>.</summary>
    public ReadOnlySpan<byte> Tag => new(Unsafe.AsPointer(ref _tag[0]), _tagLength);

    /// <summary>
    /// Makes the entity tag: "HASH-SIZE" with the hash of the pieces' hashes once it is known, else W/"INODE-SIZE-TIME": weak, because content
    /// may change twice within the time's resolution.
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
                for (int i = 0; i < SharedIdentity.HashBytes; i++)
                {
                    tag[length++] = "0123456789abcdef"u8[pieces[i] >> 4];
                    tag[length++] = "0123456789abcdef"u8[pieces[i] & 15];
                }
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
            }

            tag[length++] = (byte)'"';
            _tagLength = length;
        }
    }

    private static int Number(Span<byte> target, long number)
    {
        _ = Utf8Formatter.TryFormat((ulong)number, target, out int written, 'x');
        return written;
    }
}
