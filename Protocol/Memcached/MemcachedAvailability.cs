using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Memcached;

/// <summary>Whether keys can be read and written now: what is checked while <see cref="ProtocolCommon.ChecksCommands"/>.</summary>
internal static unsafe class MemcachedAvailability
{
    /// <summary>Why a read is refused; empty: it is not.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ReadOnlySpan<byte> ReadRefusal(ProtocolCommon common)
        => common.Persistence is { IsLoading: true } ? "the node is loading its keys from the disk"u8
            : common.Replication is { IsLoading: true } ? "the node is loading its master's keys"u8
            : common.Replication is { RefusesReads: true } ? "the link to the master is down"u8
            : default;

    /// <summary>Why a write is refused; empty: it is not.</summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="needsMemory">Whether it may take memory.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ReadOnlySpan<byte> WriteRefusal(MemcachedThread context, bool needsMemory)
    {
        ProtocolCommon common = context.Common;
        ReadOnlySpan<byte> refusal = ReadRefusal(common);
        return !refusal.IsEmpty ? refusal
            : needsMemory && common.Store.IsOverMaximum && common.Store.IsOutOfMemory ? NoMemory
            : common.Persistence is { WriteRefusal: not null } persistence ? persistence.Trouble
            : common.Replication is { RefusesWrites: true } replication ? replication.Refusal
            : common.HasTooFewReplicas(context.Thread) ? "not enough good replicas to write"u8
            : default;
    }

    /// <summary>memcached's words when there is no memory.</summary>
    public static ReadOnlySpan<byte> NoMemory => "out of memory storing object"u8;

    /// <summary>Whether a write may go on. Otherwise it was answered, or waits for the end of a pause.</summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="request">The request.</param>
    /// <param name="needsMemory">Whether it may take memory.</param>
    /// <param name="consumed">Receives false when it waits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllowsWrite(MemcachedThread context, MemcachedRequest* request, bool needsMemory, out bool consumed)
    {
        consumed = true;
        return !context.Common.ChecksCommands || Check(context, request, needsMemory, out consumed);
    }

    /// <summary>Whether a read may go on; otherwise it was answered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllowsRead(MemcachedThread context, MemcachedRequest* request)
    {
        if (!context.Common.ChecksCommands)
        {
            return true;
        }

        ReadOnlySpan<byte> refusal = ReadRefusal(context.Common);
        if (!refusal.IsEmpty)
        {
            MemcachedReply.Refusal(context, request, refusal);
        }

        return refusal.IsEmpty;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Check(MemcachedThread context, MemcachedRequest* request, bool needsMemory, out bool consumed)
    {
        consumed = true;
        ReadOnlySpan<byte> refusal = WriteRefusal(context, needsMemory);
        if (!refusal.IsEmpty)
        {
            MemcachedReply.Refusal(context, request, refusal);
            return false;
        }

        if (!context.Common.HoldsWrite(context.Thread))
        {
            return true;
        }

        context.Thread.PauseInput();
        consumed = false;
        return false;
    }
}
