using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>What the memcached protocol keeps per thread of the engine.</summary>
internal sealed unsafe class MemcachedThread
{
    /// <summary>Requests that are looked at before the first of them runs.</summary>
    public const int Ahead = 16;

    /// <summary>Most words of a line that are told apart; get has no such limit.</summary>
    public const int MostTokens = 24;

    /// <summary>Bytes of <see cref="KeyScratch"/>: of the longest key, and of one in base64.</summary>
    public const int ScratchBytes = 512;

    /// <summary>Made by the thread that starts the server.</summary>
    public MemcachedThread(MemcachedCommon node, StoreAccess access, ThreadContext threadContext)
    {
        Node = node;
        Common = node.Common;
        Access = access;
        Thread = threadContext;
        Builder = new ByteBuilder(threadContext);
        Counters = (MemcachedCounters*)NativeMemory.AllocZeroed((nuint)sizeof(MemcachedCounters));
        Requests = (MemcachedRequest*)NativeMemory.AllocZeroed(Ahead, (nuint)sizeof(MemcachedRequest));
        Tokens = (MemcachedToken*)NativeMemory.AllocZeroed(MostTokens, (nuint)sizeof(MemcachedToken));
        KeyScratch = (byte*)NativeMemory.Alloc(ScratchBytes);
    }

    /// <summary>What all memcached connections share.</summary>
    public MemcachedCommon Node { get; }

    /// <summary>What the protocols share.</summary>
    public ProtocolCommon Common { get; }

    /// <summary>The thread's access to the store.</summary>
    public StoreAccess Access { get; }

    /// <summary>The thread.</summary>
    public ThreadContext Thread { get; }

    /// <summary>For a reply whose length is not known before it is written.</summary>
    public ByteBuilder Builder { get; }

    /// <summary>What the thread counted.</summary>
    public MemcachedCounters* Counters { get; }

    /// <summary>The requests of the present batch, <see cref="Ahead"/> of them.</summary>
    public MemcachedRequest* Requests { get; }

    /// <summary>The words of the present line, <see cref="MostTokens"/> of them.</summary>
    public MemcachedToken* Tokens { get; }

    /// <summary>Room for a decoded key.</summary>
    public byte* KeyScratch { get; }

    /// <summary>The part of a thread, with the store's clock set to the start of its job.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MemcachedThread Of(ThreadContext threadContext)
    {
        MemcachedThread thread = ProtocolContext.Part<MemcachedThread>(threadContext, ProtocolNumber.Memcached);
        thread.Access.Now = threadContext.Now;
        return thread;
    }
}
