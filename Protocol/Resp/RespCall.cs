using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What a thread of the engine has for RESP: the request it works on, and the writer for its reply. Commands get it as their only
/// argument. One per thread, made at start; nothing in it may be used by another thread except <see cref="Statistics"/>.
/// </summary>
internal sealed unsafe partial class RespCall
{
    /// <summary>Makes a thread's call. Called by the thread that starts the server.</summary>
    public RespCall(ProtocolContext context, Turn turn)
    {
        Turn = turn;
        Access = context.Access;
        Services = context.Services;
        Node = context.Services.Resp;
        _arguments = (Argument*)NativeMemory.Alloc(SmallestCapacity, (nuint)sizeof(Argument));
        _capacity = SmallestCapacity;
        _requests = (Request*)NativeMemory.AlignedAlloc((nuint)(Ahead * sizeof(Request)), 64);
        Statistics = (CommandStatistics*)NativeMemory.AllocZeroed(CommandTable.Capacity, (nuint)sizeof(CommandStatistics));
        Collector = (KeyEventCollector*)NativeMemory.AllocZeroed((nuint)sizeof(KeyEventCollector));
        Access.KeyEventContext = Collector;
        Access.Store.KeyEvent = &KeyEventCollector.Report;
        _touched = (ushort*)NativeMemory.AllocZeroed(CommandTable.Capacity, sizeof(ushort));
        _isTouched = (byte*)NativeMemory.AllocZeroed(CommandTable.Capacity, sizeof(byte));
        Histograms = (long*)NativeMemory.AllocZeroed(CommandTable.Capacity * LatencyHistogram.Buckets, sizeof(long));
        Errors = (ErrorCount*)NativeMemory.AllocZeroed(ErrorCount.MostCodes, (nuint)sizeof(ErrorCount));
        Node.Register(this);
    }

    /// <summary>The way to the engine.</summary>
    public Turn Turn { get; }

    /// <summary>The thread's access to the store.</summary>
    public StoreAccess Access { get; }

    /// <summary>What all protocols share.</summary>
    public NodeServices Services { get; }

    /// <summary>What all RESP connections share.</summary>
    public RespNode Node { get; }

    /// <summary>The connection's own bytes.</summary>
    public RespConnection* Connection { get; private set; }

    /// <summary>The arguments; the first is the command's name (a container's, for a subcommand). Inside the received bytes: gone when the
    /// command returns.</summary>
    public Argument* Arguments { get; private set; }

    /// <summary>How many arguments there are.</summary>
    public int Count { get; private set; }

    /// <summary>The hash of the first key, for commands whose table entry names one.</summary>
    public ulong Hash { get; private set; }

    /// <summary>The command that runs.</summary>
    public Command* Command { get; private set; }

    /// <summary>Milliseconds since 1970 at the start of the job: the commands' only clock.</summary>
    public long Now
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Access.Now;
    }

    /// <summary>What this thread counted, by <see cref="Resp.Command.Number"/>.</summary>
    public CommandStatistics* Statistics { get; }

    /// <summary>Whether replies are RESP3.</summary>
    public bool IsVersion3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Connection->Flags & RespFlags.Version3) != 0;
    }

    /// <summary>The connection's session, made when there is none yet.</summary>
    public RespSession Session => Node.Sessions.Of(Connection, Turn);

    /// <summary>The connection's session, or null.</summary>
    public RespSession? ExistingSession => Node.Sessions.At(Connection->Session);

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

        if (!Turn.DeferLong())
        {
            BeginTimed();
            return false;
        }

        Uncount();
        return true;
    }

    /// <summary>
    /// Leaves the request where it is and looks at this connection no more until a message is posted to it (a timer's, for one); then it
    /// runs again. The command returns at once without a reply.
    /// </summary>
    public void RunAgainLater()
    {
        Turn.PauseInput();
        Uncount();
    }

    // A command that runs again is counted then.
    private void Uncount()
    {
        if ((Command->Flags & CommandFlags.Long) == 0)
        {
            Statistics[Command->Number].Calls--;
        }
    }

    /// <summary>The hash of an argument, for keys behind the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong HashOf(Argument* key) => Access.Hash(key->Data, key->Length);

    /// <summary>Says that a key changed, for those who asked for keyspace notifications. Collected, and published once the command is answered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Notify(KeyEvents kind, System.ReadOnlySpan<byte> name, Argument* key)
    {
        if ((Node.KeyEvents & kind) != 0)
        {
            Node.Publish(this, kind, name, key->Data, key->Length);
        }
    }
}
