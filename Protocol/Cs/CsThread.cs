using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Cs;

/// <summary>What CS keeps per thread of the engine: counts of requests.</summary>
internal sealed unsafe class CsThread
{
    /// <summary>Commands that are counted, by their numbers; 0 stands for all others.</summary>
    public const int Commands = 7;

    private readonly long* _counts = (long*)NativeMemory.AllocZeroed(2 * Commands, sizeof(long));

    public CsThread(ProtocolContext context, CsCommon node)
    {
        Cs = node;
        Common = context.Common;
        Access = context.Access;
    }

    /// <summary>What all CS connections share.</summary>
    public CsCommon Cs { get; }

    public ProtocolCommon Common { get; }

    public StoreAccess Access { get; }

    /// <summary>Requests that were answered with the error status. The owning thread only.</summary>
    public long Errors { get; set; }

    /// <summary>The part of a thread, with the store's clock set to the start of its job.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CsThread Of(ThreadContext threadContext)
    {
        CsThread thread = ProtocolContext.Part<CsThread>(threadContext, ProtocolNumber.Cs);
        thread.Access.Now = threadContext.Now;
        return thread;
    }

    /// <summary>Requests of this thread so far. Any thread.</summary>
    public long Counted(int command, bool failed) => _counts[(2 * command) + (failed ? 1 : 0)];

    /// <summary>Counts a request. The owning thread only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(byte command, bool failed) => _counts[(2 * (command < Commands ? command : 0)) + (failed ? 1 : 0)]++;
}
