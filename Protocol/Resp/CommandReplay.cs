using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Runs commands that no client sent: those of a log that is read back, or of a master's stream. They run whatever clients would be told:
/// there is no password, no pause, no maximum of memory, no statistics, no slow log and no MONITOR, nothing expires by itself, and replies
/// are thrown away. One thread at a time.
/// </summary>
internal sealed unsafe class CommandReplay
{
    // Of commands, before the clock is read.
    private const int CommandsPerLook = 64;

    private const int LongestError = 256;

    private readonly CommandContext _call;
    private readonly byte[] _error = new byte[LongestError];
    private int _errorLength;
    private ItemFields _item;
    private bool _hasItem;
    private uint _executed;

    /// <summary>Makes a replay into a node's store.</summary>
    /// <param name="node">The node's part of RESP.</param>
    /// <param name="server">Has the buffers for what is queued; it need not run.</param>
    /// <param name="source">Who is at work; not a client.</param>
    public CommandReplay(RespCommon node, Server server, CommandSource source)
    {
        Source = source;
        StoreAccess access = new(node.Common.Store) { OwnMode = AccessMode.Told };
        ThreadContext thread = DetachedContext.Create(server);
        thread.Context = new ProtocolContext(node.Common, access);
        _call = new CommandContext(node, access, thread, this);
        _call.BeginConnection();
    }

    /// <summary>Who is at work.</summary>
    public CommandSource Source { get; }

    /// <summary>The database that the last command named and that does not exist; null: it named none.</summary>
    public int? MissingDatabase { get; private set; }

    /// <summary>Called with the argument when a command answers an error, before anything of it is logged; null: nobody wants to
    /// know.</summary>
    public Action? Failed { get; set; }

    /// <summary>The store's access; the thread that calls <see cref="Execute"/> owns it.</summary>
    public StoreAccess Access => _call.Access;

    /// <summary>What its commands get.</summary>
    public CommandContext Call => _call;

    /// <summary>The text of the last command's first error, with its code and cut at 256 bytes; empty: it had none.</summary>
    public ReadOnlySpan<byte> Error => _error.AsSpan(0, _errorLength);

    /// <summary>Whether MULTI was there, and EXEC is not yet: a log must not end so.</summary>
    public bool IsInTransaction => (_call.Connection->Flags & RespFlags.InTransaction) != 0;

    /// <summary>Whether what came last does nothing before more comes: MULTI without its EXEC, or the fields of an item without the command
    /// that they belong to.</summary>
    public bool IsUnfinished => IsInTransaction || _hasItem;

    /// <summary>Runs a command. The arguments, its name first, stay where they are until this returns.</summary>
    /// <param name="arguments">At least one.</param>
    /// <param name="count">How many there are.</param>
    public CommandOutcome Execute(Argument* arguments, int count)
    {
        if (_executed++ % CommandsPerLook == 0)
        {
            Refresh();
        }

        _errorLength = 0;
        MissingDatabase = null;
        _call.Begin(null, arguments, count, 0);
        Command* command = CommandTable.Find(arguments, count);
        if (command == null)
        {
            ReplyUnknown(arguments);
            return Refuse(CommandOutcome.UnknownCommand);
        }

        _call.Begin(command, arguments, count, _call.HashOfFirstKey(command, arguments, count));
        if (!command->Accepts(count))
        {
            _call.ReplyWrongArity();
            return Refuse(CommandOutcome.WrongArity);
        }

        if (command->Name.SequenceEqual("replconf"u8))
        {
            // A question to replicas, which stands in their master's log too.
            return CommandOutcome.Done;
        }

        if (NeedsClient(command))
        {
            _call.ReplyErrorAbout("ERR '"u8, command->Name, "' is for clients only"u8);
            return Refuse(CommandOutcome.NeedsClient);
        }

        if (IsInTransaction && (command->Flags & CommandFlags.NeverQueued) == 0)
        {
            return TryQueue(command) ? CommandOutcome.Done : CommandOutcome.Failed;
        }

        try
        {
            if (Source == CommandSource.Master && command->Group != CommandGroup.Transactions && !IsItem(command))
            {
                ExecuteAlone(command);
            }
            else
            {
                Invoke(command);
            }
        }
        catch (OutOfMemoryException)
        {
            // In this order: the events of a group get their place while its partitions are locked.
            _call.Access.Group.EndAll();
            _call.GiveUp();
            _call.Access.Abort();
            throw;
        }

        _call.Events.PublishInBackground();
        return _errorLength == 0 ? CommandOutcome.Done : CommandOutcome.Failed;
    }

    /// <summary>The database that SELECT chose. Any thread.</summary>
    public int Database => _call.Connection->Database;

    /// <summary>Goes on with database 0.</summary>
    public void SelectFirst() => _ = _call.TrySelect(0);

    /// <summary>Looks at the clock: commands go by it until the next look.</summary>
    public void Refresh()
    {
        DetachedContext.Restart(_call.Thread);
        _call.Access.Now = _call.Thread.Now;
    }

    /// <summary>Whether a command would keep others waiting that the thread serves.</summary>
    public bool TakesLong(Argument* arguments, int count)
    {
        if (count > CommandContext.ManyKeys)
        {
            return true;
        }

        Command* command = CommandTable.Find(arguments, count);
        return command != null && (IsInTransaction
            ? command->Name.SequenceEqual("exec"u8) && _call.Session->Transaction.IsLong
            : (command->Flags & CommandFlags.Long) != 0);
    }

    /// <summary>Forgets what is unfinished: the log or the stream ends in the middle of it.</summary>
    public void Abandon()
    {
        _hasItem = false;
        TransactionCommands.End(_call);
    }

    /// <summary>Runs the present command of the call, and gives its first key the fields that an ECHO in front of it has told.</summary>
    public void Invoke(Command* command)
    {
        bool hasItem = _hasItem;
        _hasItem = false;
        command->Execute(_call);
        if (command->Group == CommandGroup.Transactions)
        {
            // What stood last inside it belongs to nothing.
            _hasItem = false;
        }
        else if (hasItem && command->FirstKey != 0 && _errorLength == 0)
        {
            GiveItem(_call.Arguments + command->FirstKey);
        }
    }

    /// <summary>Takes the fields of an item that an ECHO tells, for the next command. Of a client's ECHO this is never called.</summary>
    /// <param name="text">What follows <see cref="ItemText.Prefix"/>.</param>
    public void NoteItem(ReadOnlySpan<byte> text)
    {
        if (!ItemText.TryParse(text, out _item))
        {
            _call.ReplyError("ERR an ECHO of epollsrv:item has no flags, unique and state of an item"u8);
            return;
        }

        _hasItem = true;
        _call.Access.Store.Uniques.Raise(_item.Unique);
    }

    /// <summary>Forgets the fields of an item: no command on a key has followed.</summary>
    public void DropItem() => _hasItem = false;

    /// <summary>Ends a group of nothing, so that what was to be logged with it is.</summary>
    public void CloseGroup()
    {
        if (!IsInTransaction)
        {
            _call.Access.Group.Begin(oneRecord: false);
            _call.Access.Group.End();
        }
    }

    /// <summary>Keeps the text of an error that a client would get; the first one of a command.</summary>
    public void NoteError(ReadOnlySpan<byte> text)
    {
        Failed?.Invoke();
        if (_errorLength == 0)
        {
            _errorLength = Math.Min(text.Length, LongestError);
            text[.._errorLength].CopyTo(_error);
        }
    }

    /// <summary>Keeps the number of a database that a command names and that does not exist.</summary>
    public void NoteMissingDatabase(int database) => MissingDatabase ??= database;

    // As an EXEC of one command: the log gets it with the locks of its partitions held, also when it changes nothing, so that a snapshot
    // has either what it did or its record behind it.
    private void ExecuteAlone(Command* command)
    {
        StoreAccess access = _call.Access;
        access.LockPartitions(Transaction.PartitionsOf(_call, command));
        access.InTransaction = true;
        access.Group.Begin(oneRecord: false);
        Invoke(command);
        access.Group.End();
        _call.Events.EndGroup();
        access.InTransaction = false;
        access.UnlockAll();
    }

    // Fields of an item that stood in front of it belong to nothing.
    private CommandOutcome Refuse(CommandOutcome outcome)
    {
        _hasItem = false;
        return outcome;
    }

    private bool IsItem(Command* command)
        => command->Name.SequenceEqual("echo"u8) && _call.Arguments[1].Span.StartsWith(ItemText.Prefix);

    // The key's partition is held already when the command is a master's.
    private void GiveItem(Argument* key)
    {
        StoreAccess access = _call.Access;
        ulong hash = _call.HashOf(key);
        access.Lock(hash);
        Entry* entry = access.Keys.LookupNoEffects(key->Data, key->Length, hash);
        bool failed = entry != null && access.Writer.Items.SetUncounted(entry, hash, _item) == null;
        access.Unlock();
        if (failed)
        {
            _call.ReplyOutOfMemory();
        }
    }

    private static bool NeedsClient(Command* command)
        => (command->Flags & (CommandFlags.NoScript | CommandFlags.Admin)) != 0
            && (command->Flags & CommandFlags.Write) == 0
            && command->Group != CommandGroup.Transactions;

    private void ReplyUnknown(Argument* arguments)
    {
        if (CommandTable.Find(arguments->Data, arguments->Length) == null)
        {
            _call.ReplyUnknownCommand();
        }
        else
        {
            _call.ReplyUnknownSubcommand();
        }
    }

    private bool TryQueue(Command* command)
    {
        long size = QueuedCommand.SizeFor(_call.Arguments, _call.Count);
        if (size > 1 << 30 || !_call.Session->Transaction.TryAdd(_call, command, (int)size))
        {
            _call.ReplyOutOfMemory();
            return false;
        }

        return true;
    }
}
