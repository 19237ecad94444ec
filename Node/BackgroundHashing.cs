using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Share;

namespace Epollsrv.Node;

/// <summary>Hashes the shared files: a job of low priority on the workers, one at a time, in slices. Any thread.</summary>
internal sealed unsafe class BackgroundHashing
{
    // A read of 128 KB is between; without SHA instructions that is 1 ms.
    private const long SliceNanoseconds = 2_000_000;

    // The tick's next look after it has queued the job, which then says how long to wait.
    private const int TickMilliseconds = 50;

    private readonly Server _server;

    // 1 while a job is queued or running. Set by who wants work done, taken back by the job.
    private int _queued;

    // Monotonic nanoseconds before which nothing can be done; 0: no such wait. Written by the job, read by the loop's tick.
    private long _pausedUntil;

    /// <summary>Nothing is hashed before <see cref="Wake"/>.</summary>
    public BackgroundHashing(Server server, SharedFolder folder)
    {
        _server = server;
        Hashes = new FileHashes(folder);
    }

    /// <summary>What is known of the files' content. Any thread.</summary>
    public FileHashes Hashes { get; }

    /// <summary>For the loop's tick: goes on after a pause.</summary>
    /// <returns>Milliseconds until the next look, or 0.</returns>
    public int Tick()
    {
        long until = Volatile.Read(ref _pausedUntil); // pairs with the writes in Run
        if (until == 0)
        {
            return 0;
        }

        long left = until - Clock.Monotonic();
        if (left > 0)
        {
            return (int)(left / 1_000_000) + 1;
        }

        Wake();
        return TickMilliseconds;
    }

    /// <summary>Queues the job unless it is already.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _queued, 1) == 0 && !_server.Queues.TryAddBackground(new Job(&Run, 0))) // pairs with the write in Run
        {
            // The queue is full: the tick tries again.
            Volatile.Write(ref _queued, 0); // pairs with the exchange above
            Volatile.Write(ref _pausedUntil, 1); // pairs with the read in Tick
            _server.EnsureTick();
        }
    }

    private static void Run(ThreadContext thread, ulong argument)
    {
        BackgroundHashing hashing = RunningNode.Of(thread.Server).Share!.Hashing;
        int pause = thread.Server.IsStopping ? 0 : hashing.Hashes.Step(Clock.Monotonic() + SliceNanoseconds);
        if (pause < 0 && thread.Server.Queues.Background.TryPush(new Job(&Run, 0)))
        {
            // This thread takes it again when it finds nothing else to do.
            return;
        }

        Volatile.Write(ref hashing._pausedUntil, pause == 0 ? 0 : Clock.Monotonic() + (pause * 1_000_000L)); // pairs with the read in Tick
        Interlocked.Exchange(ref hashing._queued, 0); // pairs with the exchange in Wake: a full fence before the look below
        if (pause != 0)
        {
            thread.Server.EnsureTick();
        }
        else if (!thread.Server.IsStopping && hashing.Hashes.HasWork)
        {
            // Something came after Step had found nothing and before the flag was down.
            hashing.Wake();
        }
    }
}
