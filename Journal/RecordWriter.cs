using System;
using System.Runtime.CompilerServices;
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

    // What came of a master's stream and is not in the log yet.
    private RecordBuffer _stream;

    private GroupPositions _positions;

    /// <summary>Makes the writer of an access.</summary>
    /// <param name="sinkOwner">The first argument of the sink.</param>
    /// <param name="sink">Gets each block, its bytes good until it returns, and answers the position of the log behind it.
    /// Blocks of changes of one key come in the order of the changes. Null: memory ran out, and a record is missing.</param>
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

    /// <summary>Whether the log gets what <see cref="AddStream"/> is told, and effects only say which keys are concerned.</summary>
    public bool IsStream { get; init; }

    private static ReadOnlySpan<byte> Begin => "*1\r\n$5\r\nMULTI\r\n"u8;

    private static ReadOnlySpan<byte> End => "*1\r\n$4\r\nEXEC\r\n"u8;

    /// <summary>For <see cref="StoreObservers.Journal"/>.</summary>
    public static void Observe(StoreAccess access, Effect* effect)
    {
        if (effect->Kind != EffectKind.Told)
        {
            RecordWriter writer = Unsafe.As<RecordWriter>(access.Journal!);
            try
            {
                writer.Add(access, effect);
            }
            catch (OutOfMemoryException)
            {
                writer.Lose(access);
            }
        }
    }

    /// <summary>For <see cref="StoreObservers.GroupEnded"/>.</summary>
    public static void EndGroup(StoreAccess access)
    {
        RecordWriter writer = Unsafe.As<RecordWriter>(access.Journal!);
        try
        {
            writer.CloseGroup(access);
        }
        catch (OutOfMemoryException)
        {
            writer.Lose(access);
        }
    }

    /// <summary>Adds a command of the stream, to be logged at the end of the group that is open or opened next.</summary>
    /// <returns>Its bytes in the log.</returns>
    public long AddStream(Argument* arguments, int count)
    {
        long before = _stream.Length;
        Add(ref _stream, arguments, count);
        return _stream.Length - before;
    }

    /// <summary>What was added is not to be logged: it was not done.</summary>
    public void DropStream() => _stream.Clear();

    // Memory ran out: the change is made and cannot be taken back, and its record is missing.
    private void Lose(StoreAccess access)
    {
        _single.Clear();
        _block.Clear();
        _stream.Clear();
        _positions.Clear();
        _records = 0;
        _commandChanged = false;
        long position = _sink(_sinkOwner, null);
        if (access.Store.Positions is { } positions)
        {
            // Nobody knows any more which keys it was about.
            access.Observed.Flush(positions, position);
        }
    }

    private void Add(StoreAccess access, Effect* effect)
    {
        if (IsStream)
        {
            _positions.Note(effect);
            return;
        }

        if (access.Store.ClientMode != AccessMode.Normal && access.OwnMode == AccessMode.Normal)
        {
            // A client's of a replica: the log is the master's.
            access.Store.HasOwnChanges = true;
            return;
        }

        bool isWholeCommand = access.Group.IsOneRecord && effect->Cause == EffectCause.Asked;
        if (effect->IsGrouped || isWholeCommand)
        {
            _positions.Note(effect);
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
        RecordBlock block = default;
        if (effect->Kind == EffectKind.Put && effect->Entry->IsLarge)
        {
            // Neither copied nor held up: whoever wants to edit it meanwhile copies it outside of the lock.
            block.HeadLength = RecordEncoder.AddPut(ref _single, effect, withValue: false);
            block.Value = effect->Entry->PinValue();
        }
        else
        {
            AddRecord(ref _single, effect);
        }

        block.Memory = _single.Data;
        block.Data = _single.Data;
        block.Length = _single.Length;
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
            access.Observed.Write(positions, effect->Hash, position, effect->Cause == EffectCause.Asked);
        }
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
            RecordEncoder.AddDerived(ref buffer, effect);
        }
    }

    private void CloseGroup(StoreAccess access)
    {
        if (IsStream)
        {
            CloseStream(access);
            return;
        }

        if (access.Group.IsOneRecord && _commandChanged)
        {
            _commandChanged = false;
            BeginRecord(access.Database);
            AddCommand(ref _block);
        }

        if (access.Group.IsOutermost && _records != 0)
        {
            _positions.Raise(access, Flush());
        }
    }

    // The command of the group that ended last says it all.
    private void CloseStream(StoreAccess access)
    {
        if (!access.Group.IsOutermost)
        {
            return;
        }

        RecordBlock block = new() { FirstDatabase = RecordBlock.AsItCame, LastDatabase = RecordBlock.AsItCame };
        block.Memory = _stream.Data;
        block.Data = _stream.Data;
        block.Length = _stream.Length;
        _positions.Raise(access, block.Length == 0 ? 0 : Send(ref _stream, &block));
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
            RecordEncoder.AddSelect(ref _block, database);
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
        Add(ref buffer, arguments, count);
    }

    private static void Add(ref RecordBuffer buffer, Argument* arguments, int count)
    {
        buffer.AddHeader((byte)'*', count);
        for (int i = 0; i < count; i++)
        {
            buffer.AddBulk(arguments[i].Span);
        }
    }
}
