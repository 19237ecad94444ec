using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>Whether a log can be written, and why not. Any thread.</summary>
internal sealed unsafe class LogCondition(LogListener listener)
{
    private readonly Lock _changing = new();
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
        lock (_changing)
        {
            // What is lost stays lost, whatever can be written afterwards.
            if (State != LogState.Lost)
            {
                ErrorNumber = error;
                Error = what + " " + file.Path + ": " + Errno.Describe(error);
                Change(state);
            }
        }
    }

    /// <summary>What was wrong is well again; without effect when something else is wrong by now.</summary>
    public void Mend(LogState state)
    {
        lock (_changing)
        {
            if (State == state)
            {
                Change(LogState.Sound);
            }
        }
    }

    private void Change(LogState state)
    {
        if (State != state)
        {
            Volatile.Write(ref _state, (int)state); // pairs with State
            listener.StateChanged(listener.Owner);
        }
    }
}
