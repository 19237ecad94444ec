using System.Threading;

namespace Epollsrv.Protocol;

/// <summary>How the node keeps its data on disk, as the protocols see it. Node derives from it. Any thread.</summary>
internal abstract class Persistence
{
    private int _isLoading;
    private byte[]? _refusal;

    /// <summary>Whether the data are being read: there are only some of them, and nothing may be asked or changed.</summary>
    public bool IsLoading
    {
        get => Volatile.Read(ref _isLoading) != 0; // pairs with the set
        protected set => Volatile.Write(ref _isLoading, value ? 1 : 0); // pairs with the get
    }

    /// <summary>Why writes are refused, as RESP says it ("MISCONF …"); null: they are not.</summary>
    public byte[]? WriteRefusal
    {
        get => Volatile.Read(ref _refusal); // pairs with the set
        protected set => Volatile.Write(ref _refusal, value); // pairs with the get
    }

    /// <summary>Whether the node is not as it should be, for /readyz; null: it is.</summary>
    public string? Trouble => IsLoading ? "loading" : WriteRefusal is null ? null : "writes are refused: the log cannot be written";

    /// <summary>Whether changes are logged (appendonly).</summary>
    public abstract bool IsLogging { get; }

    /// <summary>When the last snapshot was saved, or the node was started; seconds since 1970.</summary>
    public abstract long LastSave { get; }

    /// <summary>What INFO shows.</summary>
    public abstract PersistenceStatus Status { get; }

    /// <summary>Begins a snapshot into dump.rdb (BGSAVE), on a thread of its own.</summary>
    /// <param name="mayWait">Whether it is done later when another one is under way.</param>
    public abstract SaveOutcome BeginSave(bool mayWait);

    /// <summary>Begins to write the log anew (BGREWRITEAOF), on a thread of its own.</summary>
    public abstract SaveOutcome BeginRewrite();

    /// <summary>Saves a snapshot into dump.rdb before it returns (SAVE). Not on the event loop.</summary>
    public abstract SaveOutcome Save();
}
