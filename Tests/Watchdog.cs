using System;
using System.Threading;

using Xunit.Sdk;

namespace Epollsrv.Tests;

/// <summary>Threads of a test that must come to an end: an exception in one fails the test, and so does one that hangs.</summary>
internal static class Watchdog
{
    /// <summary>Runs every action on a thread of its own, all at once.</summary>
    /// <param name="seconds">The test fails when its state stays the same for so long; generous, machines are shared.</param>
    /// <param name="state">What to say about the test's state when it hangs. While it changes, the test does not hang.</param>
    /// <param name="actions">What the threads do.</param>
    public static void Run(int seconds, Func<string> state, params Action[] actions)
    {
        Exception? failure = null;
        Thread[] threads = new Thread[actions.Length];
        using Barrier barrier = new(actions.Length);
        for (int i = 0; i < actions.Length; i++)
        {
            Action action = actions[i];
            threads[i] = new Thread(() =>
            {
                try
                {
                    barrier.SignalAndWait();
                    action();
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref failure, exception, null);
                }
            })
            { IsBackground = true };
            threads[i].Start();
        }

        string last = state();
        long deadline = Environment.TickCount64 + (seconds * 1000L);
        foreach (Thread thread in threads)
        {
            while (!thread.Join(20))
            {
                if (failure is null && Environment.TickCount64 > deadline)
                {
                    string now = state();
                    if (now == last)
                    {
                        throw new XunitException("hangs: " + now);
                    }

                    last = now;
                    deadline = Environment.TickCount64 + (seconds * 1000L);
                }

                if (failure is not null)
                {
                    throw new XunitException(failure.ToString());
                }
            }
        }

        if (failure is not null)
        {
            throw new XunitException(failure.ToString());
        }
    }
}
