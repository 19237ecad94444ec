namespace Epollsrv.Protocol;

/// <summary>What came of reading the data again while the node runs.</summary>
internal enum ReloadOutcome
{
    /// <summary>They are what the files hold.</summary>
    Done,

    /// <summary>dump.rdb could not be saved before; nothing has changed.</summary>
    NotSaved,

    /// <summary>There is no such file, or it could not be read; then the node ends, as it does when that happens at the start.</summary>
    NotLoaded,
}
