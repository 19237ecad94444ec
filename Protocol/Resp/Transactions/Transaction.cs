using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>A connection's WATCHes and what it queued since MULTI. Owner only, except where a member says otherwise.</summary>
internal sealed unsafe class Transaction
{
    /// <summary>Most keys a connection may watch: every write of a partition looks through that partition's list.</summary>
    public const int MostWatched = 10_000;

    /// <summary>Most bytes of all keys a connection watches: the store keeps copies.</summary>
    public const long MostWatchedBytes = 16 << 20;

    // More than this is run by a worker.
    private const int ManyCommands = 64;
    private const int ManyBytes = 64 * 1024;

    private static readonly Lock _marksLock = new();
    private static nint[] _marks = new nint[16];
    private static int _freeMarks;

    private int* _dirty;
    private QueuedCommand* _last;
    private int _count;
    private long _bytes;

    /// <summary>The oldest of the queued commands.</summary>
    public QueuedCommand* First { get; private set; }

    /// <summary>How many are queued. Any thread.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with Add and Clear

    /// <summary>Bytes they hold. Any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes); // pairs with Add and Clear

    /// <summary>The flags of all queued commands.</summary>
    public CommandFlags Flags { get; private set; }

    /// <summary>The partitions of all keys of the queued commands.</summary>
    public ulong Partitions { get; private set; }

    /// <summary>The partitions of the watched keys.</summary>
    public ulong WatchedPartitions { get; private set; }

    /// <summary>How many keys are watched; one watched twice counts twice.</summary>
    public int Watched { get; private set; }

    /// <summary>Bytes of the watched keys.</summary>
    public long WatchedBytes { get; private set; }

    /// <summary>Whether EXEC would keep others waiting.</summary>
    public bool IsLong => (Flags & CommandFlags.Long) != 0 || _count > ManyCommands || _bytes > ManyBytes;

    /// <summary>Whether a watched key is known to have changed: nothing that is queued will run. Any thread; of another connection, a hint.</summary>
    public bool IsDirty
    {
        get
        {
            int* dirty = _dirty;
            return dirty != null && Volatile.Read(ref *dirty) != 0; // pairs with the store's note of a change
        }
    }

    /// <summary>Queues the present command of a call; the size is from <see cref="QueuedCommand.SizeFor"/>.</summary>
    public void Add(RespCall call, Command* command, int size)
    {
        QueuedCommand* queued = QueuedCommand.Create(call.Turn.Server.Buffers, size, command, call.Arguments, call.Count);
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
        Partitions |= PartitionsOf(call, command);
        Volatile.Write(ref _bytes, _bytes + queued->Capacity); // pairs with Bytes
        Volatile.Write(ref _count, _count + 1); // pairs with Count
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
        Partitions = 0;
        Volatile.Write(ref _bytes, 0); // pairs with Bytes
        Volatile.Write(ref _count, 0); // pairs with Count
    }

    /// <summary>Watches a key.</summary>
    public void Watch(StoreAccess access, Argument* key, ulong hash)
    {
        if (_dirty == null)
        {
            _dirty = TakeMark();
        }

        // The bit first: a watch without it would never be removed.
        WatchedPartitions |= 1UL << access.Store.PartitionOf(hash);
        Watched++;
        WatchedBytes += key->Length;
        access.Enter(hash);
        access.Watch(key->Data, key->Length, hash, _dirty);
        access.Leave();
    }

    /// <summary>Whether a watched key changed or its time has come. With all of <see cref="WatchedPartitions"/> held.</summary>
    public bool HasChanged(StoreAccess access) => Watched > 0 && access.IsDirty(_dirty, WatchedPartitions);

    /// <summary>Ends all watches.</summary>
    public void Unwatch(StoreAccess access)
    {
        if (Watched == 0)
        {
            return;
        }

        access.Unwatch(_dirty, WatchedPartitions);
        WatchedPartitions = 0;
        Watched = 0;
        WatchedBytes = 0;
        *_dirty = 0;
    }

    /// <summary>The connection ends.</summary>
    public void Free(RespCall call)
    {
        Clear(call.Turn.Server.Buffers);
        Unwatch(call.Access);
        if (_dirty != null)
        {
            ReturnMark(_dirty);
            _dirty = null;
        }
    }

    // Never given back to the system: another thread that lists the connections may be reading one.
    private static int* TakeMark()
    {
        lock (_marksLock)
        {
            if (_freeMarks == 0)
            {
                return (int*)NativeMemory.AllocZeroed(sizeof(int));
            }

            int* mark = (int*)_marks[--_freeMarks];
            *mark = 0;
            return mark;
        }
    }

    private static void ReturnMark(int* mark)
    {
        lock (_marksLock)
        {
            if (_freeMarks == _marks.Length)
            {
                System.Array.Resize(ref _marks, 2 * _freeMarks);
            }

            _marks[_freeMarks++] = (nint)mark;
        }
    }

    // Commands on keys that are not known beforehand get all partitions; those that have nothing to do with keys, none.
    private static ulong PartitionsOf(RespCall call, Command* command)
    {
        if (command->Group is CommandGroup.Connection or CommandGroup.PubSub or CommandGroup.Transactions)
        {
            return 0;
        }

        KeyValueStore store = call.Access.Store;
        if (command->FirstKey == 0 || (command->Flags & CommandFlags.MovableKeys) != 0)
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
