namespace Epollsrv.Protocol;

/// <summary>
/// How data are kept, as of a moment: what INFO shows in its section "persistence". Times in seconds; −1: never, or not now.
/// </summary>
internal struct PersistenceStatus
{
    /// <summary>Changes of keys since the last snapshot.</summary>
    public long ChangesSinceSave;

    /// <summary>Bytes that the present snapshot keeps beside the store.</summary>
    public long SnapshotBytes;

    /// <summary>Keys that the present snapshot has saved, and all that it saves.</summary>
    public long SavedKeys;

    /// <summary>Keys there were when it began.</summary>
    public long KeysToSave;

    /// <summary>Whether dump.rdb is being written.</summary>
    public bool IsSaving;

    /// <summary>Whether the last one was.</summary>
    public bool LastSaveFailed;

    /// <summary>How long that took.</summary>
    public long LastSaveSeconds;

    /// <summary>How long the present one has taken so far.</summary>
    public long PresentSaveSeconds;

    /// <summary>How many there were.</summary>
    public long Saves;

    /// <summary>Most bytes that the last one kept beside the store.</summary>
    public long LastSaveBytes;

    /// <summary>Whether dump.rdb is saved by itself from time to time.</summary>
    public bool HasSavePoints;

    /// <summary>Whether the log is to be on, and its first base is not written.</summary>
    public bool IsBeginningLog;

    /// <summary>Keys read at the start.</summary>
    public long LoadedKeys;

    /// <summary>Whether changes are logged.</summary>
    public bool IsLogging;

    /// <summary>Whether the log is being written anew.</summary>
    public bool IsRewriting;

    /// <summary>Whether that comes next.</summary>
    public bool IsRewriteScheduled;

    /// <summary>How long the last one took.</summary>
    public long LastRewriteSeconds;

    /// <summary>How long the present one has taken so far.</summary>
    public long PresentRewriteSeconds;

    /// <summary>Whether the last one failed.</summary>
    public bool LastRewriteFailed;

    /// <summary>How many there were.</summary>
    public long Rewrites;

    /// <summary>How many failed one after the other.</summary>
    public long RewriteFailures;

    /// <summary>Whether the log cannot be written.</summary>
    public bool IsWriteFailing;

    /// <summary>Most bytes that the last rewrite kept beside the store.</summary>
    public long LastRewriteBytes;

    /// <summary>Bytes of all files of the log.</summary>
    public long LogBytes;

    /// <summary>Bytes they had when the log was last written anew, or at the start.</summary>
    public long BaseBytes;

    /// <summary>Bytes that wait to be written.</summary>
    public long WaitingBytes;

    /// <summary>While loading: when that began, bytes to read, and bytes read.</summary>
    public long LoadingBegan;

    /// <summary>Bytes of the files.</summary>
    public long LoadingBytes;

    /// <summary>Bytes read so far.</summary>
    public long LoadedBytes;
}
