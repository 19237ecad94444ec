using System;
using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>All sessions by number, so that a connection's native state can refer to its managed one. Index 0 is nobody's.</summary>
internal sealed unsafe class RespSessionTable
{
    private readonly Lock _lock = new();
    private RespSession?[] _sessions = new RespSession?[64];
    private int[] _free = new int[64];
    private int _freeCount;
    private int _used = 1;

    /// <summary>Indexes are below this. Any thread.</summary>
    public int Used => Volatile.Read(ref _used); // pairs with Make

    /// <summary>The session with that index, or null. Any thread; another connection's may have ended meanwhile.</summary>
    public RespSession? At(int index)
    {
        RespSession?[] sessions = Volatile.Read(ref _sessions); // pairs with Make
        return (uint)index < (uint)sessions.Length ? sessions[index] : null;
    }

    /// <summary>The session of the connection a turn owns; made when it has none.</summary>
    public RespSession Of(RespConnection* connection, Turn turn) => At(connection->Session) ?? Make(connection, turn);

    /// <summary>Forgets the session of a connection that ends.</summary>
    public void Free(RespConnection* connection)
    {
        int index = connection->Session;
        connection->Session = 0;
        lock (_lock)
        {
            _sessions[index] = null;
            if (_freeCount == _free.Length)
            {
                Array.Resize(ref _free, 2 * _freeCount);
            }

            _free[_freeCount++] = index;
        }
    }

    private RespSession Make(RespConnection* connection, Turn turn)
    {
        lock (_lock)
        {
            int index = _freeCount > 0 ? _free[--_freeCount] : _used;
            if (index == _sessions.Length)
            {
                RespSession?[] larger = new RespSession?[2 * index];
                Array.Copy(_sessions, larger, index);
                Volatile.Write(ref _sessions, larger); // pairs with At
            }

            RespSession session = new(index, turn);
            _sessions[index] = session;
            if (index == _used)
            {
                Volatile.Write(ref _used, index + 1); // pairs with Used
            }

            connection->Session = index;
            turn.KeepSession(true);
            return session;
        }
    }
}
