using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal.Loading;

/// <summary>Who runs the commands of a log that is read back: functions that Node hands in, called by the loading thread.</summary>
internal unsafe struct ReplayTarget
{
    /// <summary>The first argument of the functions.</summary>
    public object Owner;

    /// <summary>Runs a command. Answers whether it may be in a log at all: false for one that nobody knows.</summary>
    public delegate*<object, Argument*, int, bool> Run;

    /// <summary>Has the commands that follow belong to a database.</summary>
    public delegate*<object, int, void> Select;

    /// <summary>The error of the last command, for a person; null: it had none.</summary>
    public delegate*<object, string?> Error;
}
