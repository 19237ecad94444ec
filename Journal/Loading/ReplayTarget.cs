using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal.Loading;

/// <summary>Who runs the commands of a log that is read back: functions that Node hands in, called by the loading thread.</summary>
internal unsafe struct ReplayTarget
{
    /// <summary>The first argument of the functions.</summary>
    public object Owner;

    /// <summary>Runs a command.</summary>
    public delegate*<object, Argument*, int, ReplayOutcome> Run;

    /// <summary>Has the commands that follow belong to a database.</summary>
    public delegate*<object, int, void> Select;

    /// <summary>Why the last command has failed or is refused, for a person.</summary>
    public delegate*<object, string> Error;
}
