using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The connections that wait until replicas have something (WAIT). Replicas tell how far they are once a second, and at once when they are
/// asked: one question in the stream is for all that wait, and the next one is not asked before an answer. Any thread.
/// </summary>
internal sealed unsafe class ReplicaWaiters(Replicas replicas)
{
    private readonly Lock _lock = new();
    private RespSession* _first;

    // Behind the last question.
    private long _asked;
    private bool _isAsking;

    private static System.ReadOnlySpan<byte> Question => "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"u8;

    /// <summary>Adds a connection that the caller owns, which waits for its <see cref="RespSession.WaitPosition"/>.</summary>
    /// <param name="session">Its session.</param>
    /// <param name="wanted">How many replicas.</param>
    public void Add(RespSession* session, long wanted)
    {
        lock (_lock)
        {
            session->WaitReplicas = wanted;
            if (session->IsWaiter)
            {
                return;
            }

            session->IsWaiter = true;
            session->PreviousWaiter = null;
            session->NextWaiter = _first;
            if (_first != null)
            {
                _first->PreviousWaiter = session;
            }

            _first = session;
        }
    }

    /// <summary>Removes a connection that the caller owns, if it is there.</summary>
    public void Remove(RespSession* session)
    {
        if (!session->IsWaiter)
        {
            return;
        }

        lock (_lock)
        {
            session->IsWaiter = false;
            if (session->PreviousWaiter != null)
            {
                session->PreviousWaiter->NextWaiter = session->NextWaiter;
            }
            else
            {
                _first = session->NextWaiter;
            }

            if (session->NextWaiter != null)
            {
                session->NextWaiter->PreviousWaiter = session->PreviousWaiter;
            }
        }
    }

    /// <summary>The node is a replica from now on: none of them has to wait any more.</summary>
    public void WakeAll(Server server)
    {
        lock (_lock)
        {
            for (RespSession* session = _first; session != null; session = session->NextWaiter)
            {
                server.Signals.WakeForMail(session->Token);
            }
        }

        server.Loop.Wake();
    }

    /// <summary>Asks the replicas how far they are, unless an answer is on its way that tells of a position.</summary>
    public void Ask(ReplicationFeed feed, long position)
    {
        lock (_lock)
        {
            if (_isAsking || _asked > position || replicas.Count == 0)
            {
                return;
            }

            _isAsking = true;
        }

        Ask(feed);
    }

    /// <summary>Some time has passed: asks again, for an answer may never come. Event loop.</summary>
    public void AskAgain(ReplicationFeed feed)
    {
        lock (_lock)
        {
            if (_first == null || replicas.Count == 0)
            {
                return;
            }

            _isAsking = true;
        }

        Ask(feed);
    }

    /// <summary>A replica has told how far it is: wakes those that need not wait any more, and asks for those that it is too early
    /// for.</summary>
    public void Wake(Server server, ReplicationFeed feed)
    {
        bool asks = false;
        lock (_lock)
        {
            _isAsking = false;
            for (RespSession* session = _first; session != null; session = session->NextWaiter)
            {
                long position = session->WaitPosition - 1;
                if (replicas.CountAt(position) >= session->WaitReplicas)
                {
                    server.Signals.WakeForMail(session->Token);
                }
                else
                {
                    asks |= _asked <= position;
                }
            }

            _isAsking = asks;
        }

        if (asks)
        {
            Ask(feed);
        }
    }

    private void Ask(ReplicationFeed feed)
    {
        long asked = feed.Add(Question, mayBeLeftOut: false);
        lock (_lock)
        {
            _asked = asked;
        }

        feed.Reach(asked);
    }
}
