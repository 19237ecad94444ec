using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What commands get as their only argument: the request and the writer for its reply, the store, the connection and the node. One per
/// thread, made at start; nothing in it may be used by another thread except the numbers of <see cref="Statistics"/>.
/// </summary>
internal sealed unsafe class CommandContext
{
    /// <summary>A value longer than this is copied by a worker.</summary>
    public const int LongValue = 64 * 1024;

    /// <summary>A command with more keys than this is run by a worker.</summary>
    public const int ManyKeys = 1024;

    private const int ScratchBytes = 32 * 1024;

    private readonly KeyLocks _keys = new();
    private readonly byte* _scratch = (byte*)NativeMemory.Alloc(ScratchBytes);
    private LargeValue* _adopted;

    /// <summary>Makes the context of a thread of the engine, or of a replay, without a connection.</summary>
    public CommandContext(RespCommon node, StoreAccess access, ThreadContext thread, CommandReplay? replay = null)
    {
        Replay = replay;
        Thread = thread;
        Reply = new ReplyWriter(thread);
        Access = access;
        Common = node.Common;
        Resp = node;
        Events = new KeyEventPublisher(this);
        Messages = new MessageDelivery(this);
    }

    /// <summary>Who runs the commands; null: a client sends them.</summary>
    public CommandReplay? Replay { get; }

    /// <summary>Where the command comes from.</summary>
    public CommandSource Source => Replay == null ? CommandSource.Client : Replay.Source;

    /// <summary>The way to the engine.</summary>
    public ThreadContext Thread { get; }

    /// <summary>The writer for the command's reply.</summary>
    public ReplyWriter Reply { get; }

    /// <summary>The thread's access to the store.</summary>
    public StoreAccess Access { get; }

    /// <summary>What all protocols share.</summary>
    public ProtocolCommon Common { get; }

    /// <summary>What all RESP connections share.</summary>
    public RespCommon Resp { get; }

    /// <summary>The connection's own bytes.</summary>
    public RespConnection* Connection { get; private set; }

    /// <summary>Keyspace notifications that wait to be published.</summary>
    public KeyEventPublisher Events { get; }

    /// <summary>Messages to other connections, and from them.</summary>
    public MessageDelivery Messages { get; }

    /// <summary>What this thread counted.</summary>
    public ThreadStatistics Statistics { get; } = new();

    /// <summary>The arguments; the first is the command's name (a container's, for a subcommand). Inside the received bytes: gone when the
    /// command returns.</summary>
    public Argument* Arguments { get; private set; }

    /// <summary>How many arguments there are.</summary>
    public int Count { get; private set; }

    /// <summary>The hash of the first key, for commands whose table entry names one.</summary>
    public ulong Hash { get; private set; }

    /// <summary>The command that runs; null: there is none of that name, or it is refused.</summary>
    public Command* Command { get; set; }

    /// <summary>What becomes of the node when the present EXEC is over; null: nothing.</summary>
    public RoleChange? RoleChange { get; set; }

    /// <summary>Whether CONFIG REWRITE is to be done when the present EXEC is over.</summary>
    public bool RewritesConfig { get; set; }

    /// <summary>Bytes of the present batch, those of the present request among them.</summary>
    public int BatchLength { get; set; }

    /// <summary>Whether the present command returned without a reply, to run again later.</summary>
    public bool RunsAgain => Thread.Deferred || Thread.PauseRequested;

    /// <summary>Milliseconds since 1970 at the start of the job: the commands' only clock.</summary>
    public long Now
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Access.Now;
    }

    /// <summary>The connection's session, made when there is none yet.</summary>
    public RespSession* Session => Resp.Sessions.Of(Connection, Thread);

    /// <summary>The connection's session, or null.</summary>
    public RespSession* ExistingSession => Resp.Sessions.At(Connection->Session);

    /// <summary>What follows is for the connection that the thread owns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginConnection() => Connection = (RespConnection*)Thread.ProtocolState;

    /// <summary>Sets what runs next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(Command* command, Argument* arguments, int count, ulong hash)
    {
        Arguments = arguments;
        Count = count;
        Hash = hash;
        Command = command;
    }

    /// <summary>
    /// For commands that may take long: true on the event loop, and then the command returns at once without a reply and without having
    /// changed anything; a worker runs it again. False inside EXEC, which has asked before (<see cref="CommandFlags.Long"/>).
    /// </summary>
    public bool DeferLong()
    {
        if (Access.InTransaction)
        {
            return false;
        }

        if (!Thread.DeferLong())
        {
            Statistics.BeginTimed();
            return false;
        }

        Statistics.Uncount(Command);
        return true;
    }

    /// <summary>
    /// Leaves the request where it is and looks at this connection no more until a message is posted to it (a timer's, for one); then it
    /// runs again. The command returns at once without a reply.
    /// </summary>
    public void RunAgainLater()
    {
        Thread.PauseInput();
        Statistics.Uncount(Command);
    }

    /// <summary>
    /// For long commands that can stop on their way and keep what they have for when they run again: true when this thread has worked for
    /// the connection long enough, and then the command returns at once without a reply. Never inside EXEC, nor without a connection.
    /// </summary>
    /// <param name="spent">Nanoseconds that the job took so far.</param>
    public bool HasUsedShare(out long spent)
    {
        spent = 0;
        if (Access.InTransaction || Replay != null)
        {
            return false;
        }

        long now = Native.Clock.Monotonic();
        Thread.LookAtTime(now);
        spent = now - Thread.Started;
        if (!Thread.ShareUsed)
        {
            return false;
        }

        Thread.RunAgain();
        Statistics.Uncount(Command);
        return true;
    }

    /// <summary>The hash of an argument, for keys behind the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong HashOf(Argument* key) => Access.Hash(key->Data, key->Length);

    /// <summary>The hash of a command's first key; 0: it has none.</summary>
    public ulong HashOfFirstKey(Command* command, Argument* arguments, int count)
        => command->FirstKey > 0 && command->FirstKey < count ? HashOf(arguments + command->FirstKey) : 0;

    /// <summary>As <see cref="KeyEventPublisher.TellSelf"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TellSelf() => Events.TellSelf();

    /// <summary>
    /// An error: <c>-text</c>; the text begins with its code (<c>ERR</c>) and has no line ends. Counted as the command's failure.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void ReplyError(ReadOnlySpan<byte> text)
    {
        if (Replay != null)
        {
            Replay.NoteError(text);
            return;
        }

        if (Command != null)
        {
            Statistics.Commands[Command->Number].Failed++;
        }

        Statistics.CountError(text);
        Reply.Error(text);
    }

    /// <summary>Whether replies are only queued for now, because a partition is locked and sending would keep it locked for long.
    /// Has no effect inside EXEC, which does it itself.</summary>
    public void HoldOutput(bool hold)
    {
        if (!Access.InTransaction)
        {
            Thread.Output.HoldSending = hold;
        }
    }

    /// <summary>
    /// Enters the partitions of all keys from an argument on, so that what follows is atomic, until <see cref="UnlockKeys"/>.
    /// </summary>
    public void LockKeys(int first, int step) => _keys.Lock(this, first, step, (Count - first + step - 1) / step);

    /// <summary>As <see cref="LockKeys"/>, for the first two arguments.</summary>
    public void LockPair() => _keys.Lock(this, 1, 1, 2);

    /// <summary>As <see cref="LockPair"/>, for a command that works on its first argument in two databases.</summary>
    public void LockOne() => _keys.Lock(this, 1, 1, 1);

    /// <summary>The hashes of the keys that <see cref="LockKeys"/> locked, in their order.</summary>
    public ulong* Hashes => _keys.Hashes;

    /// <summary>Unlocks what <see cref="LockKeys"/> locked.</summary>
    public void UnlockKeys() => _keys.Unlock(this);

    /// <summary>Memory of the thread's own for a short while: at least so many bytes, which are at most what an inline value has.</summary>
    public byte* Scratch(int bytes)
    {
        System.Diagnostics.Debug.Assert(bytes <= ScratchBytes, "more than an inline value");
        return _scratch;
    }

    /// <summary>
    /// Keeps a block that the store counts, and that the last argument was received into, pinned until the request has ended: what looks at
    /// the arguments afterwards (the slow log) must not find it freed by another client.
    /// </summary>
    public void KeepAdopted(LargeValue* block)
    {
        LargeValue.Pin(block);
        _adopted = block;
    }

    /// <summary>The requests of the batch have run: gives up the block that the last of them was received into.</summary>
    public void ReleaseAdopted()
    {
        if (_adopted != null)
        {
            LargeValue.Release(_adopted);
            _adopted = null;
        }
    }

    /// <summary>Has the connection's commands work with a database from now on.</summary>
    /// <returns>False: it is used for the first time, and there is no memory for it.</returns>
    public bool TrySelect(int database)
    {
        if (!Access.TrySelect(database))
        {
            return false;
        }

        Connection->Database = (ushort)database;
        Connection->Flags = database == 0 ? Connection->Flags & ~RespFlags.OtherDatabase : Connection->Flags | RespFlags.OtherDatabase;
        if (Source == CommandSource.Client && !Access.InTransaction)
        {
            // The access is shared by the thread's connections, and each command of another database selects it.
            Access.SelectFirst();
        }

        return true;
    }

    /// <summary>Memory ran out in the middle of a command, which will not go on: what the thread kept for it is given back.</summary>
    public void GiveUp()
    {
        Events.GiveUp();
        Statistics.GiveUp();
        ReleaseAdopted();
    }
}
