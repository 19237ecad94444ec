using System.Collections.Generic;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>Tries every order of the threads' steps.</summary>
internal static class Interleavings
{
    /// <summary>Depth first over all schedules.</summary>
    /// <returns>How many different worlds there were.</returns>
    public static int Explore<T>(T world)
        where T : class, IInterleaved<T>
    {
        HashSet<T> seen = [];
        Stack<T> open = new([world]);
        while (open.TryPop(out T? next))
        {
            if (!seen.Add(next))
            {
                continue;
            }

            bool any = false;
            for (int thread = 0; thread < T.Threads; thread++)
            {
                if (next.Step(thread) is { } after)
                {
                    after.Check();
                    open.Push(after);
                    any = true;
                }
            }

            if (!any)
            {
                next.CheckEnd();
            }
        }

        return seen.Count;
    }
}
