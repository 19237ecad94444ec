namespace Epollsrv.Protocol.Resp;

/// <summary>What came of a command that no client sent (<see cref="CommandReplay"/>).</summary>
internal enum CommandOutcome
{
    /// <summary>It has run, or is queued until EXEC.</summary>
    Done,

    /// <summary>There is no command, or no subcommand, of that name.</summary>
    UnknownCommand,

    /// <summary>It has too few arguments, or too many.</summary>
    WrongArity,

    /// <summary>It makes sense for a connection only (AUTH, SUBSCRIBE), or is an operator's (CONFIG SET).</summary>
    NeedsClient,

    /// <summary>It has run and would have answered with an error. Of an EXEC the other commands stand.</summary>
    Failed,
}
