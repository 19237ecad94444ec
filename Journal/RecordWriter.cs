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
    private readonly delegate*<object, RecordBlock*, void> _sink;
    private readonly object _commandOwner;
    private readonly delegate*<object, out Argument*, out int, void> _command;
    private RecordBuffer _block;
    private int _records;
    private int _firstDatabase;
    private int _database;
    private bool _commandChanged;

    /// <summary>Makes the writer of an access.</summary>
    /// <param name="sinkOwner">The first argument of the sink.</param>
    /// <param name="sink">Gets each block, its bytes good until it returns.
    /// Blocks of changes of one key come in the order of the changes.</param>
    /// <param name="commandOwner">The first argument of <paramref name="command"/>: whoever runs commands on the access.</param>
    /// <param name="command">Tells the command that runs just now: its arguments, which the log gets as they came.</param>
    public RecordWriter(
        object sinkOwner, delegate*<object, RecordBlock*, void> sink, object commandOwner, delegate*<object, out Argument*, out int,
            void> command)
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
        if (access.Group.IsOneRecord && effect->Cause == EffectCause.Asked)
        {
            // The command says it all.
            _commandChanged = true;
            return;
        }

        if (effect->Note.IsVerbatim)
        {
            BeginRecord(access.Database);
            AddCommand();
        }
        else
        {
            BeginRecord(effect->Database);
            AddDerived(effect);
        }

        if (!effect->IsGrouped)
        {
            Flush();
        }
    }

    private void CloseGroup(StoreAccess access)
    {
        if (access.Group.IsOneRecord && _commandChanged)
        {
            _commandChanged = false;
            BeginRecord(access.Database);
            AddCommand();
        }

        if (access.Group.IsOutermost && _records != 0)
        {
            Flush();
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

    private void Flush()
    {
        RecordBlock block = new() { Data = _block.Data, Length = _block.Length, FirstDatabase = _firstDatabase, LastDatabase = _database };
        if (_records > 1)
        {
            _block.Add(End);
            block.Data = _block.Data;
            block.Length = _block.Length;
        }
        else
        {
            block.Data += Begin.Length;
            block.Length -= Begin.Length;
        }

        _sink(_sinkOwner, &block);
        _records = 0;
        _block.Clear();
    }

    private void AddCommand()
    {
        _command(_commandOwner, out Argument* arguments, out int count);
        _block.AddHeader((byte)'*', count);
        for (int i = 0; i < count; i++)
        {
            _block.AddBulk(arguments[i].Span);
        }
    }

    private void AddDerived(Effect* effect)
    {
        ReadOnlySpan<byte> key = new(effect->Key, effect->KeyLength);
        switch (effect->Kind)
        {
            case EffectKind.Flush:
                bool all = effect->Database != effect->OtherDatabase;
                _block.AddHeader((byte)'*', 1);
                _block.AddBulk(all ? "FLUSHALL"u8 : "FLUSHDB"u8);
                break;
            case EffectKind.Swap:
                _block.AddHeader((byte)'*', 3);
                _block.AddBulk("SWAPDB"u8);
                _block.AddBulk(effect->Database);
                _block.AddBulk(effect->OtherDatabase);
                break;
            case EffectKind.Delete:
                _block.AddHeader((byte)'*', 2);
                _block.AddBulk("DEL"u8);
                _block.AddBulk(key);
                break;
            case EffectKind.Expiry when effect->Entry->HasExpiry:
                _block.AddHeader((byte)'*', 3);
                _block.AddBulk("PEXPIREAT"u8);
                _block.AddBulk(key);
                _block.AddBulk(effect->Entry->Expiry);
                break;
            case EffectKind.Expiry:
                _block.AddHeader((byte)'*', 2);
                _block.AddBulk("PERSIST"u8);
                _block.AddBulk(key);
                break;
            default:
                bool expires = effect->Entry->HasExpiry;
                _block.AddHeader((byte)'*', expires ? 5 : 3);
                _block.AddBulk("SET"u8);
                _block.AddBulk(key);
                _block.AddBulk(effect->Entry->Value);
                if (expires)
                {
                    _block.AddBulk("PXAT"u8);
                    _block.AddBulk(effect->Entry->Expiry);
                }

                break;
        }
    }
}
