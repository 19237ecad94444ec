using System;
using System.Threading;

namespace Epollsrv.Protocol;

/// <summary>How the node keeps its data on disk, as the protocols see it. Node derives from it. Any thread.</summary>
internal abstract class Persistence
{
    private int _isLoading;
    private int _savesAtStop;
    private byte[]? _refusal;
    private byte[]? _trouble;

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
        protected set
        {
            Volatile.Write(ref _trouble, value is null ? null : TroubleOf(value)); // pairs with Trouble
            Volatile.Write(ref _refusal, value); // pairs with the get
        }
    }

    /// <summary>Why the node is not as it should be, as a person reads it; empty: it is.</summary>
    public ReadOnlySpan<byte> Trouble => IsLoading ? "loading"u8 : Volatile.Read(ref _trouble); // pairs with WriteRefusal

    /// <summary>Whether dump.rdb is saved when the node stops, if it has changed.</summary>
    public StopSave SavesAtStop
    {
        get => (StopSave)Volatile.Read(ref _savesAtStop); // pairs with the set
        set => Volatile.Write(ref _savesAtStop, (int)value); // pairs with the get
    }

    /// <summary>Whether changes are logged, or will be as soon as the log is on (appendonly).</summary>
    public abstract bool IsLogging { get; }

    /// <summary>When the last snapshot was saved, or the node was started; seconds since 1970.</summary>
    public abstract long LastSave { get; }

    /// <summary>What INFO shows.</summary>
    public abstract PersistenceStatus Status { get; }

    /// <summary>The position of the log behind the last change that was logged.</summary>
    public abstract long LogEnd { get; }

    /// <summary>The position of the log up to which the disk has it; −1: there is no log, or the disk does not have its base.</summary>
    public abstract long Synchronized { get; }

    /// <summary>Has the log on the disk soon, if nothing does so by itself.</summary>
    public abstract void RequestSynchronization();

    /// <summary>Begins a snapshot into dump.rdb (BGSAVE), on a thread of its own.</summary>
    /// <param name="mayWait">Whether it is done later when another one is under way.</param>
    /// <param name="inTransaction">Whether it is done later in any case, as in Redis.</param>
    public abstract SaveOutcome BeginSave(bool mayWait, bool inTransaction = false);

    /// <summary>Begins to write the log anew (BGREWRITEAOF), on a thread of its own.</summary>
    /// <param name="inTransaction">Whether it is done later in any case, as in Redis.</param>
    public abstract SaveOutcome BeginRewrite(bool inTransaction = false);

    /// <summary>Saves a snapshot into dump.rdb before it returns (SAVE). Not on the event loop.</summary>
    public abstract SaveOutcome Save();

    /// <summary>The same before the node stops: what is under way is ended for it.</summary>
    public abstract SaveOutcome SaveToStop();

    /// <summary>Puts what dump.rdb holds in place of all keys, or adds it, before it returns. Other clients are told that the node is
    /// loading meanwhile. Not on the event loop, and with nothing locked.</summary>
    /// <param name="saves">Whether dump.rdb is saved before.</param>
    /// <param name="empties">Whether the keys that there are go.</param>
    public abstract ReloadOutcome ReloadDump(bool saves, bool empties);

    /// <summary>Puts what the log holds in place of all keys, in the same way.</summary>
    public abstract ReloadOutcome ReloadLog();

    /// <summary>Writes what has changed since the start into the data directory: the part in replication, and parameters of
    /// CONFIG.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public abstract string? RewriteConfig();

    // Without RESP's word for the kind of error.
    private static byte[] TroubleOf(ReadOnlySpan<byte> refusal)
        => [.. "writes are refused: "u8, .. refusal[(refusal.IndexOf((byte)' ') + 1)..]];
}
