using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>The frames of an operation: what a node of each kind is sent at each step.</summary>
internal static class RingFrame
{
    /// <summary>The length bytes of the original are signed: keys and values it is sent must not be longer.</summary>
    public const int LongestForOriginal = 127;

    /// <summary>The step that a verb begins with.</summary>
    public static RingStep FirstStep(RingVerb verb, bool ours) => verb switch
    {
        RingVerb.Get or RingVerb.Identify or RingVerb.Holders or RingVerb.RenewLease or RingVerb.Files => RingStep.Get,
        RingVerb.Append or RingVerb.RegisterPartial => RingStep.Put,
        RingVerb.Delete or RingVerb.WithdrawPartial => RingStep.Delete,
        RingVerb.Replace => ours ? RingStep.Put : RingStep.Delete,
        RingVerb.Withdraw => ours ? RingStep.Delete : RingStep.Get,
        _ => ours ? RingStep.Put : RingStep.Get,
    };

    /// <summary>Whether the frame depends on what the node is.</summary>
    public static bool NeedsKind(RingOperation operation, RingStep step) => step is RingStep.Repair or RingStep.Leases
        || (operation.Verb is not (RingVerb.Get or RingVerb.Identify)
            && (operation.Verb is not (RingVerb.Append or RingVerb.Delete) || IsLong(operation)));

    /// <summary>Writes the frame of a step.</summary>
    /// <param name="request">The frame.</param>
    /// <param name="operation">What is done.</param>
    /// <param name="step">Not <see cref="RingStep.Start"/>.</param>
    /// <param name="kind">What the node is; Unknown only where <see cref="NeedsKind"/> says so.</param>
    /// <param name="rest">Holders to put back.</param>
    /// <returns>0, or why the node is sent nothing: a <see cref="PeerFailure"/> or −errno.</returns>
    public static int Write(Span<byte> request, RingOperation operation, RingStep step, PeerKind kind, HolderRest rest)
    {
        RingVerb verb = operation.Verb;
        bool ours = kind == PeerKind.Ours;
        bool onlyForOurs = verb is RingVerb.RegisterPartial or RingVerb.WithdrawPartial or RingVerb.RenewLease or RingVerb.Files;
        if (kind == PeerKind.Original && (onlyForOurs || IsLong(operation)))
        {
            return onlyForOurs ? PeerFailure.OnlyOurs : PeerFailure.TooLongForOriginal;
        }

        if (ours && (onlyForOurs || verb == RingVerb.Holders))
        {
            return WriteReserved(request, operation) ? 0 : -Errno.NameTooLong;
        }

        ReadOnlySpan<byte> key = verb == RingVerb.Identify ? CsFrame.IdentityKey : operation.Key;
        switch (step)
        {
            case RingStep.Get:
                CsFrame.WriteRequest(request, CsFrame.Get, key, default);
                break;
            case RingStep.Delete:
                CsFrame.WriteRequest(request, CsFrame.Delete, key, ours && verb == RingVerb.Withdraw ? operation.Argument : default);
                break;
            case RingStep.Put:
                byte flag = verb == RingVerb.Replace ? CsFrame.FlagReplace : verb == RingVerb.Register && operation.IsLease
                    ? CsFrame.FlagLease : (byte)0;
                CsFrame.WriteRequest(request, CsFrame.Put, key, operation.Argument, ours ? flag : (byte)0);
                break;
            case RingStep.Leases:
                return WriteAbout(request, operation.Key, CsFrame.Get, CsFrame.LeasesKey, default) ? 0 : PeerFailure.TooLongForOriginal;
            default:
                return rest.TryWriteNext(request, key, ours, isRepair: step == RingStep.Repair) ? 0 : PeerFailure.TooLongForOriginal;
        }

        return 0;
    }

    private static bool IsLong(RingOperation operation) => operation.Key.Length > LongestForOriginal
        || operation.Argument.Length > LongestForOriginal;

    // What is said to nodes of ours alone: leases, and holders of parts of files.
    private static bool WriteReserved(Span<byte> request, RingOperation operation)
    {
        switch (operation.Verb)
        {
            case RingVerb.RenewLease or RingVerb.Files:
                CsFrame.WriteRequest(
                    request, CsFrame.Get, operation.Verb == RingVerb.Files ? CsFrame.FilesKey : CsFrame.RenewKey, operation.Argument);
                return true;
            case RingVerb.RegisterPartial:
                return WriteAbout(request, operation.Key, CsFrame.Put, CsFrame.PartialKey, operation.Argument);
            case RingVerb.WithdrawPartial:
                return WriteAbout(request, operation.Key, CsFrame.Delete, CsFrame.PartialKey, operation.Argument);
            default:
                return WriteAbout(request, operation.Key, CsFrame.Get, CsFrame.HoldersKey, default);
        }
    }

    private static bool WriteAbout(
        Span<byte> request, ReadOnlySpan<byte> name, byte command, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value)
    {
        if (name.Length > CsFrame.LongestPartialName)
        {
            return false;
        }

        Span<byte> key = stackalloc byte[CsFrame.MaximumKey];
        prefix.CopyTo(key);
        name.CopyTo(key[prefix.Length..]);
        CsFrame.WriteRequest(request, command, key[..(prefix.Length + name.Length)], value);
        return true;
    }
}
