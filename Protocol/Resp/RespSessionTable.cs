using System;
using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// All sessions by number, so that 4 bytes of a connection name its session. Native memory in lumps that are made
/// when first needed and never given back: as many sessions as there were at the same time. Index 0 is nobody's.
/// </summary>
internal sealed unsafe class RespSessionTable
{
    private const int LumpShift = 6;
    private const int LumpSessions = 1 << LumpShift;

    // A million connections and nobody's place.
    private const int MostLumps = (1_000_000 >> LumpShift) + 1;

    private readonly Lock _lock = new();
    private readonly RespSession** _lumps = (RespSession**)NativeRegion.Reserve(MostLumps * sizeof(RespSession*));
    private int _free;
    private int _used = 1;

    /// <summary>Indexes are below this. Any thread.</summary>
    public int Used => Volatile.Read(ref _used); // pairs with Make

    /// <summary>
    /// The session with that index; null for 0, and for one that never was. Any
    /// thread; another connection's may have ended meanwhile, which its token tells.
    /// </summary>
    public RespSession* At(int index)
    {
        if (index <= 0 || index >= MostLumps * LumpSessions)
        {
            return null;
        }

        RespSession* lump = (RespSession*)Volatile.Read(ref ((nint*)_lumps)[index >> LumpShift]); // pairs with Make
        return lump == null ? null : lump + (index & (LumpSessions - 1));
    }

    /// <summary>The session of the connection that a thread owns; made when it has none.</summary>
    public RespSession* Of(RespConnection* connection, ThreadContext thread) => connection->Session != 0 ? At(connection->Session)
        : Make(connection, thread);

    /// <summary>Forgets the session of a connection that ends.</summary>
    public void Free(RespConnection* connection, BufferPool pool)
    {
        RespSession* session = At(connection->Session);
        connection->Session = 0;
        pool.Charge(-sizeof(RespSession));
        lock (_lock)
        {
            session->Token = 0;
            session->NextFree = _free;
            _free = session->Index;
        }
    }

    /// <summary>Changes a text of a session that the caller owns. False: there is no room, and it is as it was.</summary>
    public bool TrySet(ref KeptText text, ReadOnlySpan<byte> value, BufferPool pool)
    {
        if (value.IsEmpty)
        {
            Clear(ref text, pool);
            return true;
        }

        if (!pool.HasRoom(value.Length))
        {
            return false;
        }

        KeptText changed = new() { Data = pool.Rent(value.Length, out int capacity), Length = value.Length };
        changed.Capacity = capacity;
        value.CopyTo(new Span<byte>(changed.Data, capacity));
        Replace(ref text, changed, pool);
        return true;
    }

    /// <summary>Makes a text of a session that the caller owns empty.</summary>
    public void Clear(ref KeptText text, BufferPool pool) => Replace(ref text, default, pool);

    /// <summary>Adds a text of any session to another text. Any thread.</summary>
    public void Append(ref ReplyBuffer to, ref KeptText text)
    {
        lock (_lock)
        {
            to.Add(text.Span);
        }
    }

    private void Replace(ref KeptText text, KeptText changed, BufferPool pool)
    {
        KeptText old = text;
        lock (_lock)
        {
            text = changed;
        }

        if (old.Data != null)
        {
            pool.Return(old.Data, old.Capacity);
        }
    }

    private RespSession* Make(RespConnection* connection, ThreadContext thread)
    {
        RespSession* session;
        lock (_lock)
        {
            int index = _free != 0 ? _free : _used;
            ref nint lump = ref ((nint*)_lumps)[index >> LumpShift];
            if (lump == 0)
            {
                Volatile.Write(ref lump, (nint)NativeRegion.Reserve(LumpSessions * sizeof(RespSession))); // pairs with At
            }

            session = (RespSession*)lump + (index & (LumpSessions - 1));
            if (index == _used)
            {
                Volatile.Write(ref _used, _used + 1); // pairs with Used
            }
            else
            {
                _free = session->NextFree;
            }

            *session = default;
            session->Index = index;
            session->Identifier = thread.Connection->Identifier;
            session->Token = thread.Token;
        }

        connection->Session = session->Index;
        thread.Server.Buffers.Charge(sizeof(RespSession));
        thread.KeepSession();
        return session;
    }
}
