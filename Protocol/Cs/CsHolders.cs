using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <summary>GET and PUT of the holders of a file.</summary>
internal static unsafe class CsHolders
{
    /// <summary>Answers a GET of a name that somebody has.</summary>
    /// <returns>False: nobody has.</returns>
    public static bool TryGet(ThreadContext thread, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(CsFrame.At(frame));
        Span<byte> text = stackalloc byte[CsFrame.Size];
        int length = context.Cs.Registrations.Write(key, text[..CsFrame.ReplyCapacity(key.Length)]);
        if (length > 0)
        {
            CsReplyWriter.WriteValue(thread, frame, text[..length]);
        }

        return length > 0;
    }

    /// <summary>Runs a PUT whose value is a list of holders.</summary>
    public static void Register(ThreadContext thread, CsThread context, byte* frame, ReadOnlySpan<byte> holders, byte flags)
    {
        ReadOnlySpan<byte> name = CsFrame.Key(CsFrame.At(frame));
        RegistrationTable registrations = context.Cs.Registrations;
        bool done = true;
        if ((flags & CsFrame.FlagReplace) != 0)
        {
            _ = registrations.RemoveAll(name);
        }

        if ((flags & CsFrame.FlagIfAbsent) == 0 || registrations.CountOf(name) == 0)
        {
            // Only one holder may be a lease: who renews it names itself.
            bool lease = (flags & CsFrame.FlagLease) != 0 && HolderList.IsOne(holders);
            done = registrations.Add(name, holders, lease ? Registration.Kind.Lease : Registration.Kind.None, thread.Started);
            if (lease)
            {
                thread.Server.EnsureTick();
            }
        }

        CsReplyWriter.WriteStatus(thread, frame, done ? CsFrame.Ok : CsFrame.Error);
    }
}
