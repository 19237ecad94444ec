using System;
using System.Threading;

namespace Epollsrv.Native;

/// <summary>Makes and starts threads, and waits for their end.</summary>
internal static class NewThread
{
    /// <summary>Starts one; it runs when this returns.</summary>
    /// <exception cref="SystemRefusedException">The kernel gives no more threads, or no memory for a stack.</exception>
    public static void Start(Thread thread)
    {
        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException)
        {
            throw new SystemRefusedException(
                "the thread \"" + thread.Name + "\" cannot be started: raise the limit of threads (ulimit -u, TasksMax=, pids.max)"
                + " or of memory (ulimit -v, ulimit -d), or ask for fewer --workers");
        }
    }

    /// <summary>Waits for the end of one, if it was started.</summary>
    public static void Join(Thread thread)
    {
        if (thread.IsAlive)
        {
            thread.Join();
        }
    }

    /// <summary>Makes one that ends the process with one line when there is no memory
    /// for what it does; the engine's threads look after that themselves.</summary>
    public static Thread Create(ThreadStart body, int stackBytes, string name) =>
        new(() => Run(body), stackBytes) { IsBackground = true, Name = name };

    private static void Run(ThreadStart body)
    {
        try
        {
            body();
        }
        catch (OutOfMemoryException exception)
        {
            ProcessExit.OutOfMemory(exception);
        }
    }
}
