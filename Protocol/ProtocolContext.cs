using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Protocol;

/// <summary>What the protocols have on each thread of the engine beside its <see cref="Turn"/>: the thread's access to the store.</summary>
internal sealed class ProtocolContext
{
    /// <summary>Makes a thread's context.</summary>
    public ProtocolContext(NodeServices services, Turn turn)
    {
        Services = services;
        Access = new StoreAccess(services.Store);
        Resp = new RespCall(this, turn);
        Http = new HttpThread(turn.Server.Buffers);
    }

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
