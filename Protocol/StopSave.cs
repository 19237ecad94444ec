namespace Epollsrv.Protocol;

/// <summary>Whether dump.rdb is saved when the node stops.</summary>
internal enum StopSave
{
    /// <summary>When there are save points.</summary>
    ByPoints,

    /// <summary>SHUTDOWN SAVE.</summary>
    Yes,

    /// <summary>SHUTDOWN NOSAVE.</summary>
    No,
}
