using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol;

/// <summary>
/// What the protocols have on each thread of the engine beside its <see cref="ThreadContext"/>: the
/// thread's access to the store, and a part for each of them, which only that protocol and Node look at.
/// </summary>
internal sealed class ProtocolContext
{
    private ProtocolParts _parts;

    /// <summary>Makes a thread's context, without parts.</summary>
    /// <param name="common">What all threads share.</param>
    /// <param name="access">The thread's access to the store; null: a new one.</param>
    public ProtocolContext(ProtocolCommon common, StoreAccess? access = null)
    {
        Common = common;
        Access = access ?? new StoreAccess(common.Store);
    }

    /// <summary>What all threads and protocols share.</summary>
    public ProtocolCommon Common { get; }

    /// <summary>The thread's access to the store.</summary>
    public StoreAccess Access { get; }

    /// <summary>The context of a thread, with the store's clock set to the start of its job.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ProtocolContext Of(ThreadContext thread)
    {
        ProtocolContext context = Unsafe.As<ProtocolContext>(thread.Context!);
        context.Access.Now = thread.Now;
        return context;
    }

    /// <summary>For <see cref="GateSource.Observed"/>: what the thread's present request has to wait for.</summary>
    public static long Observed(ThreadContext thread, bool forget) => Of(thread).Access.ObservedPosition(forget);

    /// <summary>For <see cref="GateSource.HasWritten"/>.</summary>
    public static bool HasWritten(ThreadContext thread) => Of(thread).Access.Observed.HasWritten;

    /// <summary>A protocol's part on a thread, for that thread or for its counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Part<T>(ThreadContext thread, int protocol)
        where T : class => Unsafe.As<T>(Unsafe.As<ProtocolContext>(thread.Context!)._parts[protocol]!);

    /// <summary>Sets a protocol's part. Before the threads start.</summary>
    public void SetPart(int protocol, object part) => _parts[protocol] = part;
}
