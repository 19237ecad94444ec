using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The node's keyspace notifications, in one order: what happens to a key is added while its
/// partition is locked, so that the events of a key come in the order of its effects, whichever
/// threads make and publish them. A thread publishes all that is there before its own reply leaves.
/// </summary>
internal sealed unsafe class KeyEventQueue
{
    private readonly Lock _publishing = new();
    private ShortLock _adding;
    private KeyEventList _waiting;
    private KeyEventList _published;
    private long _lost;

    /// <summary>Events that were lost because there was no memory for them (--max-buffers). Any thread.</summary>
    public long Lost => Volatile.Read(ref _lost); // pairs with CountLost

    /// <summary>Adds an event; the key is copied. Any thread, under the lock of the key's partition.</summary>
    public void Add(BufferPool pool, ChangeName name, Effect* effect, ulong told)
    {
        _adding.Enter();
        bool added = _waiting.TryAdd(pool, name, effect, told);
        _adding.Exit();
        if (!added)
        {
            CountLost(1);
        }
    }

    /// <summary>Adds a group's events. Any thread, under the locks of the group's partitions.</summary>
    public void AddAll(BufferPool pool, in KeyEventList events)
    {
        _adding.Enter();
        bool added = _waiting.TryAppend(pool, in events);
        _adding.Exit();
        if (!added)
        {
            CountLost(events.Count);
        }
    }

    /// <summary>Events were lost. Any thread.</summary>
    public void CountLost(int events) => Interlocked.Add(ref _lost, events); // pairs with Lost

    /// <summary>
    /// Publishes what was added before the call, by this thread or another. No partition may be held.
    /// </summary>
    public void Publish(CommandContext call)
    {
        BufferPool pool = call.Thread.Server.Buffers;
        lock (_publishing)
        {
            _adding.Enter();
            (_waiting, _published) = (_published, _waiting);
            _adding.Exit();
            if (_published.Length != 0)
            {
                // Others' changes, too: nobody is told of one that the log may still lose.
                call.Access.ObserveAll();
            }

            try
            {
                int offset = 0;
                for (KeyEvent* next = _published.Next(ref offset); next != null; next = _published.Next(ref offset))
                {
                    call.Events.PublishEvent(next, Audience.AllBut(next->Told));
                }
            }
            finally
            {
                // When memory runs out, too: nobody is to be told twice.
                _published.Clear(pool);
            }
        }
    }
}
