using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>Whether a log can be written, and why not. Any thread.</summary>
internal sealed unsafe class LogCondition(LogListener listener)
{
    private int _state;

    /// <summary>What is wrong.</summary>
    public LogState State => (LogState)Volatile.Read(ref _state); // pairs with Change

    /// <summary>What the last error was, as a person reads it; null: there was none.</summary>
    public string? Error { get; private set; }

    /// <summary>The same as −errno.</summary>
    public int ErrorNumber { get; private set; }

    /// <summary>Something went wrong with a file.</summary>
    public void Fail(LogState state, string what, LogFile file, int error)
    {
        ErrorNumber = error;
        Error = what + " " + file.Path + ": " + Errno.Describe(error);
        Change(state);
    }

    /// <summary>Has the listener told, if this is new.</summary>
    public void Change(LogState state)
    {
        if (Interlocked.Exchange(ref _state, (int)state) != (int)state) // pairs with State
        {
            listener.StateChanged(listener.Owner);
        }
    }
}
