using System;
using System.Threading;
using Epollsrv.Journal.Rdb;
using Epollsrv.Store;

namespace Epollsrv.Journal.Snapshots;

/// <summary>
/// Gets the entries of a snapshot and makes pieces of an RDB file of them: the consumer of <see cref="StoreSnapshot"/>. A piece that is
/// being filled belongs to a partition, and is protected by the partition's lock; a full one waits in a list to be written by one thread.
/// </summary>
internal sealed unsafe class SnapshotCollector
{
    private const long FullPiece = 64 * 1024;

    // Memory of a piece: what fills it, and the rest of the chain that it ends with. A longer chain has it grow.
    private const long PieceBytes = 80 * 1024;

    private const int MostSpares = 64;

    private readonly StoreSnapshot _snapshot;
    private readonly SnapshotPiece?[] _open;
    private readonly Lock _lists = new();
    private SnapshotPiece? _first;
    private SnapshotPiece? _last;
    private SnapshotPiece? _spare;
    private int _spares;
    private long _waiting;
    private long _peak;

    /// <summary>Makes one for a snapshot of a store with so many partitions.</summary>
    public SnapshotCollector(StoreSnapshot snapshot, int partitions)
    {
        _snapshot = snapshot;
        _open = new SnapshotPiece[partitions];

        // Made now rather than under a partition's lock, where the garbage collector might have to run first.
        while (_spares < MostSpares)
        {
            _spare = new SnapshotPiece { Next = _spare };
            _spares++;
        }
    }

    /// <summary>The functions, whose context is a collector.</summary>
    public static SnapshotConsumer Consumer => new(&SaveEntry, &EndChain);

    /// <summary>Whether memory ran out, so that the snapshot was aborted.</summary>
    public bool IsOutOfMemory { get; private set; }

    /// <summary>Bytes that wait to be written, nearly. Any thread.</summary>
    public long Waiting => Volatile.Read(ref _waiting); // pairs with Seal and Take

    /// <summary>Most bytes that ever waited.</summary>
    public long Peak => Volatile.Read(ref _peak); // written by Seal

    /// <summary>Takes memory for the first pieces, so that the kernel need not find it under a partition's lock. Before the snapshot
    /// begins.</summary>
    /// <param name="storeBytes">The store's memory: a small one does not need as many pieces.</param>
    public void GetReady(long storeBytes)
    {
        long bytes = 0;
        for (SnapshotPiece? piece = _spare; piece is not null && bytes <= storeBytes; piece = piece.Next)
        {
            piece.Bytes.Prepare(PieceBytes);
            piece.Bytes.Touch();
            bytes += FullPiece;
        }
    }

    /// <summary>Takes the piece that waits longest. The thread that writes.</summary>
    public SnapshotPiece? Take()
    {
        lock (_lists)
        {
            SnapshotPiece? piece = _first;
            if (piece is not null)
            {
                _first = piece.Next;
                _last = _first is null ? null : _last;
                piece.Next = null;
                Volatile.Write(ref _waiting, _waiting - piece.KeptBytes); // pairs with Waiting
            }

            return piece;
        }
    }

    /// <summary>Gives back a piece that was taken. Its value is released.</summary>
    public void Recycle(SnapshotPiece piece)
    {
        if (piece.Value != null)
        {
            LargeValue.Release(piece.Value);
            piece.Value = null;
        }

        piece.Bytes.Clear(PieceBytes);
        piece.Keys = 0;
        lock (_lists)
        {
            if (_spares < MostSpares)
            {
                piece.Next = _spare;
                _spare = piece;
                _spares++;
                return;
            }
        }

        piece.Bytes.Free();
    }

    /// <summary>What is being filled waits too. After the snapshot's end.</summary>
    public void SealAll()
    {
        for (int partition = 0; partition < _open.Length; partition++)
        {
            Seal(partition);
        }
    }

    /// <summary>Frees everything. After the snapshot's end.</summary>
    public void Drop()
    {
        SealAll();
        while (Take() is { } piece)
        {
            Recycle(piece);
        }

        while (_spare is { } spare)
        {
            _spare = spare.Next;
            spare.Bytes.Free();
        }
    }

    private static void SaveEntry(object context, int partition, int database, Entry* entry)
    {
        SnapshotCollector collector = (SnapshotCollector)context;
        try
        {
            collector.Add(partition, database, entry);
        }
        catch (OutOfMemoryException)
        {
            collector.IsOutOfMemory = true;
            collector._snapshot.Abort();
        }
    }

    private static void EndChain(object context, int partition, int database, bool isBeforeChange)
    {
        SnapshotCollector collector = (SnapshotCollector)context;
        if (collector._open[partition] is { } piece && piece.Bytes.Length >= FullPiece)
        {
            collector.Seal(partition);
        }
    }

    private void Add(int partition, int database, Entry* entry)
    {
        SnapshotPiece? piece = _open[partition];
        if (piece is null || piece.Database != database)
        {
            Seal(partition);
            piece = Begin();
            piece.Database = database;
            _open[partition] = piece;
        }

        if (!entry->IsLarge)
        {
            piece.Bytes.Prepare(PieceBytes);
        }

        piece.Keys++;
        if (!entry->Item.IsNone)
        {
            RdbEncoder.AddItem(ref piece.Bytes, entry->Item);
        }

        if (entry->IsLarge)
        {
            RdbEncoder.AddKeyHead(ref piece.Bytes, entry->Key, entry->ValueLength, entry->Expiry);
            piece.Value = entry->PinValue();
            Seal(partition);
        }
        else
        {
            RdbEncoder.AddKey(ref piece.Bytes, entry->Key, entry->Value, entry->Expiry);
        }
    }

    private SnapshotPiece Begin()
    {
        lock (_lists)
        {
            SnapshotPiece? piece = _spare;
            if (piece is not null)
            {
                _spare = piece.Next;
                _spares--;
                piece.Next = null;
                return piece;
            }
        }

        return new SnapshotPiece();
    }

    private void Seal(int partition)
    {
        SnapshotPiece? piece = _open[partition];
        if (piece is null)
        {
            return;
        }

        _open[partition] = null;
        lock (_lists)
        {
            if (_last is null)
            {
                _first = piece;
            }
            else
            {
                _last.Next = piece;
            }

            _last = piece;
            Volatile.Write(ref _waiting, _waiting + piece.KeptBytes); // pairs with Waiting
            Volatile.Write(ref _peak, Math.Max(_peak, _waiting)); // pairs with Peak
        }
    }
}
