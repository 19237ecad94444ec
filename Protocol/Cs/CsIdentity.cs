using System;
using System.Text;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <summary>What this node says about itself to the other nodes of a ring.</summary>
internal static unsafe class CsIdentity
{
    /// <summary>Answers a GET of the identity: version, keys, files, and in a ring which one it is.</summary>
    public static void Write(ThreadContext thread, CsThread context, byte* frame)
    {
        Span<byte> value = stackalloc byte[128];
        int length = Append(value, 0, CsFrame.IdentityPrefix);
        length += Encoding.UTF8.GetBytes(BuildInfo.Version, value[length..]);
        length = Append(value, length, " keys="u8);
        length += Numbers.Write(value[length..], context.Common.Store.Counters.Keys);
        length = Append(value, length, " files="u8);
        length += Numbers.Write(value[length..], context.Cs.Registrations.Names);
        if (context.Cs.Options.RingFingerprint is var fingerprint and not 0)
        {
            length = Append(value, length, CsFrame.IdentityRing);
            length += Numbers.Write(value[length..], fingerprint);
        }

        CsReplyWriter.WriteValue(thread, frame, value[..length]);
    }

    private static int Append(Span<byte> target, int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[length..]);
        return length + bytes.Length;
    }
}
