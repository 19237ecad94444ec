using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Protocol;

/// <summary>What the protocols have on each thread of the engine beside its <see cref="Turn"/>: the thread's access to the store.</summary>
internal sealed unsafe class ProtocolContext
{
    /// <summary>Makes a thread's context.</summary>
    public ProtocolContext(NodeServices services, Turn turn)
    {
        Services = services;
        Access = new StoreAccess(services.Store);
        Resp = new RespCall(this, turn);
        Http = new HttpThread(turn);
    }

    /// <summary>Commands of CS that are counted, by their numbers; 0 stands for all others.</summary>
    public const int CsCommands = 7;

    private readonly long* _csCounts = (long*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(2 * CsCommands, sizeof(long));

    /// <summary>CS requests of this thread so far. Any thread.</summary>
    public long CountedCs(int command, bool failed) => _csCounts[(2 * command) + (failed ? 1 : 0)];

    /// <summary>Counts a CS request. The owning thread only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountCs(byte command, bool failed) => _csCounts[(2 * (command < CsCommands ? command : 0)) + (failed ? 1 : 0)]++;

    /// <summary>What all threads share.</summary>
    public NodeServices Services { get; }

    /// <summary>The thread's access to the store.</summary>
    public StoreAccess Access { get; }

    /// <summary>The thread's part of RESP.</summary>
    public RespCall Resp { get; }

    /// <summary>The thread's part of HTTP.</summary>
    public HttpThread Http { get; }

    /// <summary>The context of a turn, with the store's clock set to the start of its job.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ProtocolContext Of(Turn turn)
    {
        ProtocolContext context = Unsafe.As<ProtocolContext>(turn.Context!);
        context.Access.Now = turn.Now;
        return context;
    }
}
