using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// Applies the master's changes in their order. The position moves on with each command that is done, whole transactions at their end. The
/// owner of the link's connection.
/// </summary>
internal sealed unsafe class MasterStream(RunningNode node, NodeReplication replication, LinkConversation link)
{
    // Of commands, before the clock is read.
    private const int CommandsPerLook = 64;
    private const int LongBytes = 64 * 1024;
    private const int WaitMilliseconds = 20;

    private readonly StreamRefusals _refusals = new();
    private CommandReplay? _replay;
    private RecordWriter? _writer;

    // Bytes of what is unfinished.
    private long _waiting;

    // Where the data are by what was applied.
    private long _position;
    private long _ignored;

    /// <summary>Commands that were left out. Any thread.</summary>
    public long Ignored => Volatile.Read(ref _ignored); // pairs with Ignore

    /// <summary>The database that the stream is at. Any thread.</summary>
    public int Database => _replay is { } replay ? replay.Database : 0;

    private CommandReplay Replay => _replay ?? Make();

    /// <summary>Whether something has come that is done only when more comes, as a transaction at its EXEC.</summary>
    public bool IsUnfinished => _replay is { IsUnfinished: true };

    /// <summary>The stream begins anew behind a snapshot, at a database.</summary>
    public void Reset(int database)
    {
        Abandon();
        _ = Replay.Call.TrySelect(database);
    }

    /// <summary>The stream is cut: what is unfinished comes again.</summary>
    public void Abandon()
    {
        _waiting = 0;
        _writer?.DropStream();
        if (_replay is { IsUnfinished: true } replay)
        {
            replay.Abandon();
        }
    }

    /// <summary>Applies what has come.</summary>
    /// <returns>Bytes that are done with.</returns>
    public int Apply(ThreadContext thread, byte* data, int length)
    {
        if (IsDiskBehind())
        {
            // The master keeps what comes meanwhile. The timer goes on.
            thread.PauseInput();
            thread.SetTimer(WaitMilliseconds);
            return 0;
        }

        RequestParser parser = ProtocolContext.Part<RequestParser>(thread, ProtocolNumber.MasterLink);
        parser.Begin(data);
        long done;
        lock (replication.Applying)
        {
            if (link.Following != replication.Master)
            {
                thread.Abort();
                return length;
            }

            if (replication.Writes.AreLate)
            {
                link.Fail(thread, "a client's write came when the node was a replica already: a snapshot is needed");
                return length;
            }

            Replay.Refresh();
            _position = replication.Position;
            done = Apply(thread, parser, data, data + length);
        }

        if (node.Feed.Log is { } log)
        {
            // No reply does it.
            log.Reach(log.Buffer.End);
            node.Persistence?.Reporter.Limit(log);
        }

        return (int)done;
    }

    private bool IsDiskBehind() => node.Persistence is { Log: { } log } && node.IsDiskBehind(log);

    private long Apply(ThreadContext thread, RequestParser parser, byte* data, byte* end)
    {
        byte* at = data;
        int sinceLook = 0;
        while (at < end)
        {
            if (++sinceLook == CommandsPerLook)
            {
                sinceLook = 0;
                thread.LookAtTime();
                if (thread.ShouldStop)
                {
                    parser.ForgetUnfinished();
                    return at - data;
                }
            }

            Request request = default;
            parser.BeginAhead();
            ParseResult parsed = *at == '*' ? parser.Parse(at, end, &request) : ParseResult.Failed;
            if (parsed == ParseResult.Incomplete)
            {
                parser.End(end - at, Replay.Access);
                return at - data;
            }

            if (parsed == ParseResult.Failed)
            {
                string why = *at == '*' ? ByteText.Decode(parser.Complaint) : "a command was to begin";
                Refuse(thread, "its stream is not readable: " + why);
                return end - data;
            }

            Argument* arguments = parser.Arguments + request.FirstArgument;
            if (!Run(thread, arguments, request.Count, request.End - at + Apart(thread, arguments, request.Count)))
            {
                parser.ForgetUnfinished();
                return at - data;
            }

            at = request.End;
            parser.Trim();
        }

        parser.ForgetUnfinished();
        return at - data;
    }

    // Bytes of a long value that were received where they stay.
    private static long Apart(ThreadContext thread, Argument* arguments, int count)
        => count != 0 && thread.Body.Data != null && arguments[count - 1].Data == thread.Body.Data ? arguments[count - 1].Length + 2 : 0;

    private CommandReplay Make()
    {
        CommandReplay replay = new(node.Resp, node.Server, CommandSource.Master);
        node.Feed.Attach(replay);
        _writer = (RecordWriter?)replay.Access.Journal;
        replay.Failed = DropFailed;
        return _replay = replay;
    }

    // What is refused must not be in the log either.
    private void DropFailed()
    {
        if (!replication.Settings.SkipsOtherTypes || Replay.MissingDatabase is not null)
        {
            _writer?.DropStream();
        }
    }

    // False: the batch ends before this command.
    private bool Run(ThreadContext thread, Argument* arguments, int count, long bytes)
    {
        bool isQuiet = count == 0 || arguments->Is("ping"u8) || arguments->Is("replconf"u8) || arguments->Is("script"u8);
        if (!isQuiet && (bytes > LongBytes || Replay.TakesLong(arguments, count)) && thread.DeferLong())
        {
            return false;
        }

        if (node.Feed.Log is not null && _writer!.AddStream(arguments, count) != bytes)
        {
            // Positions would not be the master's any more.
            Refuse(thread, "its stream is not written as Redis writes it");
            return false;
        }

        if (isQuiet)
        {
            Replay.DropItem();
            Replay.CloseGroup();
            if (!TryAdvance(thread, bytes))
            {
                return false;
            }

            if (count > 1 && arguments->Is("replconf"u8) && arguments[1].Is("getack"u8))
            {
                link.Acknowledge(thread);
            }
            else if (count > 1)
            {
                Ignore();
            }

            return true;
        }

        CommandOutcome outcome;
        try
        {
            outcome = Replay.Execute(arguments, count);
        }
        catch (OutOfMemoryException)
        {
            // It may be done in part.
            _writer?.DropStream();
            Refuse(thread, "there is no memory for its command " + StreamRefusals.Show(arguments));
            return false;
        }

        if (outcome != CommandOutcome.Done && !MayIgnore(outcome))
        {
            Refuse(thread, StreamRefusals.Describe(arguments, count, outcome, Replay.Error), _refusals.PauseAfter(outcome));
            return false;
        }

        return TryAdvance(thread, bytes);
    }

    // What is about keys of other types means nothing when these are left out. Without a database that the stream names, what follows would
    // change another one.
    private bool MayIgnore(CommandOutcome outcome)
    {
        bool ignores = replication.Settings.SkipsOtherTypes && Replay.MissingDatabase is null
            && outcome is CommandOutcome.UnknownCommand or CommandOutcome.Failed;
        if (ignores)
        {
            Ignore();
            Replay.CloseGroup();
        }

        return ignores;
    }

    private void Ignore() => Volatile.Write(ref _ignored, _ignored + 1); // pairs with Ignored

    // False: the log has counted something else, for want of memory.
    private bool TryAdvance(ThreadContext thread, long bytes)
    {
        _waiting += bytes;
        if (Replay.IsUnfinished)
        {
            return true;
        }

        replication.Advance(_waiting);
        _position += _waiting;
        _waiting = 0;
        if (_position != replication.Position)
        {
            Refuse(thread, "there is no memory for the log of its changes");
            return false;
        }

        return true;
    }

    // The data are not what they would be at the position behind it: the next attempt begins with a snapshot.
    private void Refuse(ThreadContext thread, string why, long pause = MasterLink.LongPause)
    {
        replication.CanContinue = false;
        link.Fail(thread, why, pause);
    }
}
