using System;
using System.Collections.Generic;

using Epollsrv.Engine;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What the threads of a node in process have allocated, as they say themselves whenever they run out of work.</summary>
internal static class ManagedAllocation
{
    private const int Rounds = 6;

    /// <summary>
    /// Fails unless the threads allocate nothing for a load that has been run before. A first contended lock, say, may come late: it spoils
    /// one round, what a request allocates spoils all of them. The node needs an idle time-out, so that its loop looks now and then.
    /// </summary>
    public static void AssertNone(NodeUnderTest node, Action load)
    {
        long[] before = Look(node);
        long[] after = before;
        for (int round = 0; round < Rounds; round++)
        {
            before = after;
            load();
            after = Look(node);
            if (after.AsSpan().SequenceEqual(before))
            {
                break;
            }
        }

        Assert.Equal(before, after);
    }

    // The loop looks each quarter of a second while an idle time-out is set, a worker whenever it parks.
    private static long[] Look(NodeUnderTest node)
    {
        long waits = node.Count(static counters => counters.Waits);
        NodeUnderTest.Until(() => node.Count(static counters => counters.Waits) > waits + 2, "the loop has looked");
        List<long> bytes = [];
        foreach (ThreadContext thread in node.Server.Threads)
        {
            NodeUnderTest.Until(() => thread.OnEventLoop || Read(thread).Parks > 0, "a worker has looked");
            bytes.Add(Read(thread).Managed);
        }

        return [.. bytes];
    }

    private static unsafe (long Managed, long Parks) Read(ThreadContext thread) => (thread.Counters->ManagedBytes, thread.Counters->Parks);
}
