using System;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Journal;

/// <summary>
/// Turns the effects of one thread's access into log records: commands in RESP, as Redis writes them into its
/// append-only file, with absolute times. One change is one block; so is a group, between MULTI and EXEC when it
/// is more than one command. Used by the thread of the access only, under the locks of the partitions concerned.
/// </summary>
internal sealed unsafe class RecordWriter
{
    private readonly object _sinkOwner;
    private readonly delegate*<object, RecordBlock*, long> _sink;
    private readonly object _commandOwner;
    private readonly delegate*<object, out Argument*, out int, void> _command;
    private RecordBuffer _single;

    // The open group's.
    private RecordBuffer _block;
    private int _records;
    private int _firstDatabase;
    private int _database;
    private bool _commandChanged;

    // The hashes of its keys, while positions are kept; 0 databases changed as a whole, or more.
    private RecordBuffer _hashes;
    private bool _changedAll;

    /// <summary>Makes the writer of an access.</summary>
    /// <param name="sinkOwner">The first argument of the sink.</param>
    /// <param name="sink">Gets each block, its bytes good until it returns, and answers the position of the log behind it.
    /// Blocks of changes of one key come in the order of the changes.</param>
    /// <param name="commandOwner">The first argument of <paramref name="command"/>: whoever runs commands on the access.</param>
    /// <param name="command">Tells the command that runs just now: its arguments, which the log gets as they came.</param>
    public RecordWriter(
        object sinkOwner, delegate*<object, RecordBlock*, long> sink,
        object commandOwner, delegate*<object, out Argument*, out int, void> command)
    {
        _sinkOwner = sinkOwner;
        _sink = sink;
        _commandOwner = commandOwner;
        _command = command;
    }

    private static ReadOnlySpan<byte> Begin => "*1\r\n$5\r\nMULTI\r\n"u8;

    private static ReadOnlySpan<byte> End => "*1\r\n$4\r\nEXEC\r\n"u8;

    /// <summary>For <see cref="StoreObservers.Journal"/>.</summary>
    public static void Observe(StoreAccess access, Effect* effect)
    {
        if (effect->Kind != EffectKind.Told)
        {
            System.Runtime.CompilerServices.Unsafe.As<RecordWriter>(access.Journal!).Add(access, effect);
        }
    }

    /// <summary>For <see cref="StoreObservers.GroupEnded"/>.</summary>
    public static void EndGroup(StoreAccess access) =>
        System.Runtime.CompilerServices.Unsafe.As<RecordWriter>(access.Journal!).CloseGroup(access);

    private void Add(StoreAccess access, Effect* effect)
    {
        bool isWholeCommand = access.Group.IsOneRecord && effect->Cause == EffectCause.Asked;
        if (effect->IsGrouped || isWholeCommand)
        {
            NoteGrouped(effect);
        }

        if (isWholeCommand)
        {
            // The command says it all.
            _commandChanged = true;
            return;
        }

        int database = effect->Note.IsVerbatim ? access.Database : effect->Database;
        if (effect->IsGrouped)
        {
            BeginRecord(database);
            AddRecord(ref _block, effect);
            return;
        }

        // Also of a key that is evicted while a group is open which does not hold its partition: the group's records come later.
        AddRecord(ref _single, effect);
        RecordBlock block = new() { Memory = _single.Data, Data = _single.Data, Length = _single.Length };
        block.FirstDatabase = database;
        block.LastDatabase = database;
        long position = Send(ref _single, &block);
        PositionTable? positions = access.Store.Positions;
        if (positions == null)
        {
            return;
        }

        if (effect->Kind is EffectKind.Flush or EffectKind.Swap)
        {
            access.Observed.Flush(positions, position);
        }
        else
        {
            access.Observed.Write(positions, effect->Hash, position);
        }
    }

    // The keys of a group get the position behind all of it.
    private void NoteGrouped(Effect* effect)
    {
        if (effect->Kind is EffectKind.Flush or EffectKind.Swap)
        {
            _changedAll = true;
        }
        else
        {
            ulong hash = effect->Hash;
            _hashes.Add(new ReadOnlySpan<byte>(&hash, sizeof(ulong)));
        }
    }

    private void RaisePositions(StoreAccess access, long position)
    {
        PositionTable? positions = access.Store.Positions;
        if (positions != null)
        {
            for (ulong* hash = (ulong*)_hashes.Data; (byte*)hash < _hashes.Data + _hashes.Length; hash++)
            {
                access.Observed.Write(positions, *hash, position);
            }

            if (_changedAll)
            {
                access.Observed.Flush(positions, position);
            }
        }

        _hashes.Clear();
        _changedAll = false;
    }

    private long Send(ref RecordBuffer buffer, RecordBlock* block)
    {
        long position = _sink(_sinkOwner, block);
        if (block->IsTaken)
        {
            buffer.Forget();
        }
        else
        {
            buffer.Clear();
        }

        return position;
    }

    private void AddRecord(ref RecordBuffer buffer, Effect* effect)
    {
        if (effect->Note.IsVerbatim)
        {
            AddCommand(ref buffer);
        }
        else
        {
            AddDerived(ref buffer, effect);
        }
    }

    private void CloseGroup(StoreAccess access)
    {
        if (access.Group.IsOneRecord && _commandChanged)
        {
            _commandChanged = false;
            BeginRecord(access.Database);
            AddCommand(ref _block);
        }

        if (access.Group.IsOutermost && _records != 0)
        {
            RaisePositions(access, Flush());
        }
    }

    /// <summary>Adds the record that has the records behind it belong to a database.</summary>
    public static void AddSelect(ref RecordBuffer buffer, int database)
    {
        buffer.AddHeader((byte)'*', 2);
        buffer.AddBulk("SELECT"u8);
        buffer.AddBulk(database);
    }

    private void BeginRecord(int database)
    {
        if (_records == 0)
        {
            // Left out when nothing follows.
            _block.Add(Begin);
            _firstDatabase = database;
        }
        else if (_database != database)
        {
            AddSelect(ref _block, database);
        }

        _database = database;
        _records++;
    }

    // Answers the position behind the group.
    private long Flush()
    {
        RecordBlock block = new() { FirstDatabase = _firstDatabase, LastDatabase = _database };
        if (_records > 1)
        {
            _block.Add(End);
        }

        int skipped = _records > 1 ? 0 : Begin.Length;
        block.Memory = _block.Data;
        block.Data = _block.Data + skipped;
        block.Length = _block.Length - skipped;
        _records = 0;
        return Send(ref _block, &block);
    }

    private void AddCommand(ref RecordBuffer buffer)
    {
        _command(_commandOwner, out Argument* arguments, out int count);
        buffer.AddHeader((byte)'*', count);
        for (int i = 0; i < count; i++)
        {
            buffer.AddBulk(arguments[i].Span);
        }
    }

    private static void AddDerived(ref RecordBuffer buffer, Effect* effect)
    {
        ReadOnlySpan<byte> key = new(effect->Key, effect->KeyLength);
        switch (effect->Kind)
        {
            case EffectKind.Flush:
                bool all = effect->Database != effect->OtherDatabase;
                buffer.AddHeader((byte)'*', 1);
                buffer.AddBulk(all ? "FLUSHALL"u8 : "FLUSHDB"u8);
                break;
            case EffectKind.Swap:
                buffer.AddHeader((byte)'*', 3);
                buffer.AddBulk("SWAPDB"u8);
                buffer.AddBulk(effect->Database);
                buffer.AddBulk(effect->OtherDatabase);
                break;
            case EffectKind.Delete:
                buffer.AddHeader((byte)'*', 2);
                buffer.AddBulk("DEL"u8);
                buffer.AddBulk(key);
                break;
            case EffectKind.Expiry when effect->Entry->HasExpiry:
                buffer.AddHeader((byte)'*', 3);
                buffer.AddBulk("PEXPIREAT"u8);
                buffer.AddBulk(key);
                buffer.AddBulk(effect->Entry->Expiry);
                break;
            case EffectKind.Expiry:
                buffer.AddHeader((byte)'*', 2);
                buffer.AddBulk("PERSIST"u8);
                buffer.AddBulk(key);
                break;
            default:
                bool expires = effect->Entry->HasExpiry;
                buffer.AddHeader((byte)'*', expires ? 5 : 3);
                buffer.AddBulk("SET"u8);
                buffer.AddBulk(key);
                buffer.AddBulk(effect->Entry->Value);
                if (expires)
                {
                    buffer.AddBulk("PXAT"u8);
                    buffer.AddBulk(effect->Entry->Expiry);
                }

                break;
        }
    }
}
