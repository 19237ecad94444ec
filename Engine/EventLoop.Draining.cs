using System;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>--dispatch adaptive: the loop works the queue off beside the workers.</content>
internal sealed unsafe partial class EventLoop
{
    private readonly ReceiveAhead[] _ahead = new ReceiveAhead[ReceiveAhead.Most];

    // A page more: who parses may look at the bytes behind the last one, as in every other buffer.
    private readonly byte* _aheadBuffers = NativeRegion.Reserve((ReceiveAhead.Most * ReceiveAhead.Bytes) + 4096);

    private void DrainJobs()
    {
        // No more than were there at the start: a connection that queues itself again must not keep the loop from its events.
        int limit = _server.Jobs.Count;
        long begin = Turn.Started;
        int done = 0;
        while (done < limit)
        {
            int taken = Take(Math.Min(limit - done, ReceiveAhead.Most));
            if (taken == 0)
            {
                break;
            }

            if (taken == 1)
            {
                _server.RunJob(Turn, _ahead[0].Job);
            }
            else
            {
                RunTogether(taken);
            }

            done += taken;
        }

        _server.Wakeup.Drained(done, Turn.Started - begin);
    }

    private int Take(int most)
    {
        int taken = 0;
        while (taken < most && _server.Jobs.TryPop(out _ahead[taken].Job))
        {
            taken++;
        }

        return taken;
    }

    private void RunTogether(int taken)
    {
        for (int i = 0; i < taken; i++)
        {
            // This queue holds connections only (Server.Queue).
            ConnectionJob.ReceiveEarly(Turn, ref _ahead[i], Buffer(i));
        }

        for (int i = 0; i < taken; i++)
        {
            if (_ahead[i].IsReceived)
            {
                ConnectionJob.PrefetchMore(Turn, ref _ahead[i]);
            }
        }

        long now = Clock.Monotonic();
        long share = (now - Turn.Started) / taken;
        Turn.Started = now;
        for (int i = 0; i < taken; i++)
        {
            if (_ahead[i].IsReceived)
            {
                _server.RunReceived(Turn, ref _ahead[i], Buffer(i), share);
            }
            else
            {
                _server.RunJob(Turn, _ahead[i].Job);
            }
        }
    }

    private byte* Buffer(int index) => _aheadBuffers + (index * ReceiveAhead.Bytes);
}
