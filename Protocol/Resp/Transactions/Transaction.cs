using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A connection's WATCHes and what it queued since MULTI: a part of <see cref="RespSession"/>,
/// which stays where it is. Owner only, except where a member says otherwise.
/// </summary>
internal unsafe struct Transaction
{
    /// <summary>Most keys a connection may watch: EXEC looks at all of them with their partitions held.</summary>
    public const int MostWatched = 10_000;

    /// <summary>Most bytes of all keys a connection watches: the store keeps copies.</summary>
    public const long MostWatchedBytes = 16 << 20;

    // More than this is run by a worker.
    private const int ManyCommands = 64;
    private const int ManyBytes = 64 * 1024;

    // What a watch takes beside its key's bytes.
    private const int WatchBytes = 64;

    private int _dirty;
    private QueuedCommand* _last;
    private int _count;
    private long _bytes;

    /// <summary>The oldest of the queued commands.</summary>
    public QueuedCommand* First { get; private set; }

    /// <summary>How many are queued. Any thread.</summary>
    public readonly int Count => Volatile.Read(in _count); // pairs with Add and Clear

    /// <summary>Bytes they hold. Any thread.</summary>
    public readonly long Bytes => Volatile.Read(in _bytes); // pairs with Add and Clear

    /// <summary>Bytes they and the watches hold. Any thread: a hint.</summary>
    public readonly long KeptBytes => Bytes + WatchedBytes + ((long)Watched * WatchBytes);

    /// <summary>The flags of all queued commands.</summary>
    public CommandFlags Flags { get; private set; }

    /// <summary>Whether one of the queued commands is refused while the data are loaded.</summary>
    public bool DeniesLoading { get; private set; }

    /// <summary>The partitions of all keys of the queued commands.</summary>
    public ulong Partitions { get; private set; }

    /// <summary>The partitions of the watched keys.</summary>
    public ulong WatchedPartitions { get; private set; }

    /// <summary>How many keys are watched; one watched twice counts twice.</summary>
    public int Watched { get; private set; }

    /// <summary>Bytes of the watched keys.</summary>
    public long WatchedBytes { get; private set; }

    /// <summary>Whether EXEC would keep others waiting.</summary>
    public readonly bool IsLong => (Flags & (CommandFlags.Long | CommandFlags.Edits)) != 0 || _count > ManyCommands || _bytes > ManyBytes;

    /// <summary>Whether a watched key is known to have changed: nothing that is
    /// queued will run. Any thread; of another connection, a hint.</summary>
    public readonly bool IsDirty => Volatile.Read(in _dirty) != 0; // pairs with the store's note of a change

    // The session that this is a part of never moves.
    private int* Mark => (int*)Unsafe.AsPointer(ref _dirty);

    /// <summary>Queues the present command of a call; the size is from
    /// <see cref="QueuedCommand.SizeFor"/>. False: there is no memory.</summary>
    public bool TryAdd(CommandContext call, Command* command, int size)
    {
        QueuedCommand* queued = QueuedCommand.TryCreate(call.Thread.Server.Buffers, size, command, call.Arguments, call.Count);
        if (queued == null)
        {
            return false;
        }

        if (First == null)
        {
            First = queued;
        }
        else
        {
            _last->Next = queued;
        }

        _last = queued;
        Flags |= command->Flags;
        DeniesLoading |= CommandAdmission.DeniesLoading(command);
        Partitions |= PartitionsOf(call, command);
        Volatile.Write(ref _bytes, _bytes + queued->Capacity); // pairs with Bytes
        Volatile.Write(ref _count, _count + 1); // pairs with Count
        return true;
    }

    /// <summary>Forgets all queued commands.</summary>
    public void Clear(BufferPool pool)
    {
        while (First != null)
        {
            QueuedCommand* next = First->Next;
            pool.Return((byte*)First, First->Capacity);
            First = next;
        }

        _last = null;
        Flags = CommandFlags.None;
        DeniesLoading = false;
        Partitions = 0;
        Volatile.Write(ref _bytes, 0); // pairs with Bytes
        Volatile.Write(ref _count, 0); // pairs with Count
    }

    /// <summary>Watches a key. False: there is no room for it, and it is not watched.</summary>
    public bool TryWatch(CommandContext call, Argument* key, ulong hash)
    {
        StoreAccess access = call.Access;
        BufferPool pool = call.Thread.Server.Buffers;
        if (!pool.HasRoom(key->Length + WatchBytes))
        {
            return false;
        }

        // The bit first: a watch without it would never be removed.
        WatchedPartitions |= 1UL << access.Store.PartitionOf(hash);
        Watched++;
        WatchedBytes += key->Length;
        pool.Charge(key->Length + WatchBytes);
        access.Lock(hash);
        KeyWatches.Add(access, key->Data, key->Length, hash, Mark);
        access.Unlock();
        return true;
    }

    /// <summary>Whether a watched key changed or its time has come. With all of <see cref="WatchedPartitions"/> held.</summary>
    public bool HasChanged(StoreAccess access) => Watched > 0 && KeyWatches.IsDirty(access, Mark, WatchedPartitions);

    /// <summary>Ends all watches.</summary>
    public void Unwatch(CommandContext call)
    {
        if (Watched == 0)
        {
            return;
        }

        KeyWatches.Remove(call.Access, Mark, WatchedPartitions);
        call.Thread.Server.Buffers.Charge(-(WatchedBytes + ((long)Watched * WatchBytes)));
        WatchedPartitions = 0;
        Watched = 0;
        WatchedBytes = 0;
        _dirty = 0;
    }

    /// <summary>The partitions of a command's keys: all, when these are not known beforehand; none, when it has nothing to do with
    /// keys.</summary>
    public static ulong PartitionsOf(CommandContext call, Command* command)
    {
        if (command->Group is CommandGroup.Connection or CommandGroup.PubSub or CommandGroup.Transactions)
        {
            return 0;
        }

        KeyValueStore store = call.Access.Store;
        if (command->FirstKey == 0)
        {
            return store.AllPartitions;
        }

        ulong mask = 0;
        int last = command->LastKey < 0 ? call.Count + command->LastKey : command->LastKey;
        for (int i = command->FirstKey; i <= last && i < call.Count; i += command->KeyStep)
        {
            mask |= 1UL << store.PartitionOf(call.HashOf(call.Arguments + i));
        }

        return mask;
    }
}
