namespace Epollsrv.Engine;

/// <summary>Finds out whether the workers make progress, without any cost for them while they work. Event loop only.</summary>
internal static class WorkerProgress
{
    /// <summary>
    /// Whether every worker has begun a job, or has woken, within <paramref name="patience"/>. Wakes the ones that sleep, so that the next
    /// call, which must come sooner than that, sees them.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="patience">Nanoseconds.</param>
    public static bool Check(Server server, long now, long patience)
    {
        bool all = true;
        for (int i = 1; i < server.Threads.Length; i++)
        {
            // Written by the worker without synchronization; a value that is a moment old does no harm.
            all &= now - server.Threads[i].Started < patience;
        }

        _ = server.Parking.Wake(int.MaxValue);
        return all;
    }
}
