using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>The log of a node that keeps no data on disk: it is written nowhere, only replicas are fed from it. One thread at a time; what
/// is appended comes from any.</summary>
internal sealed unsafe class UnwrittenLog(RunningNode node)
{
    private ChangeLog? _present;

    // Made once: its memory is the process's as long as that lives.
    private LogBuffer? _buffer;

    /// <summary>The log; null: there is none. Any thread.</summary>
    public ChangeLog? Present => Volatile.Read(ref _present); // pairs with Begin and End

    /// <summary>Begins one at the node's position. Nothing of a master's stream is applied meanwhile.</summary>
    /// <returns>Null: not now.</returns>
    public ChangeLog? Begin()
    {
        if (node.Replication.IsUnfinished)
        {
            // A replica that comes now would get the end of it only. It comes again.
            return null;
        }

        try
        {
            if (!node.Replication.IsReplica)
            {
                // Changes were not counted so far.
                node.History.Begin();
            }

            LogListener listener = new() { Owner = this, Reached = &Ignore, StateChanged = &Recover };
            long position = node.Replication.Position;
            if (_buffer is null)
            {
                _buffer = new LogBuffer(new PositionTable(), position);
                ThreadJournal.Attach(node.Server, this, &Append);
            }
            else
            {
                _ = _buffer.Cut(afresh: true);
                _buffer.MoveTo(position);
            }

            ChangeLog log = new(_buffer, LogFile.Nowhere(), ChangeLog.Never, listener);
            log.Start();
            Volatile.Write(ref _present, log); // pairs with Present
            Observe(true);
            return log;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or SystemRefusedException)
        {
            Log.Error("no replica can be served: " + exception.Message);
            return null;
        }
    }

    /// <summary>Ends it, if there is one. Changes are not counted any more.</summary>
    public void End()
    {
        if (_present is { } log)
        {
            Observe(false);
            node.Replication.Position = log.Buffer.End;
            Volatile.Write(ref _present, null); // pairs with Present
            _ = log.Close();
            log.Backlog.Free();
        }
    }

    /// <summary>The server has ended.</summary>
    public void Close() => _ = _present?.Close();

    private static long Append(object owner, RecordBlock* block)
    {
        ChangeLog log = ((UnwrittenLog)owner)._present!;
        long position = block == null ? log.Buffer.NoteLost() : log.Buffer.Append(block);
        log.WriteSoon();
        return position;
    }

    private static void Ignore(object owner, long position)
    {
    }

    // Memory for a record ran out, and there is nothing but replicas to lose: they find the gap and begin anew.
    private static void Recover(object owner)
    {
        if (((UnwrittenLog)owner)._present is { } log && log.Condition.State != LogState.Sound)
        {
            _ = log.Buffer.Cut(afresh: true);
            log.Recover();
        }
    }

    // Nobody is in the middle of a change while changes begin or cease to be told.
    private void Observe(bool on)
    {
        StoreAccess access = new(node.Store);
        access.LockPartitions(node.Store.AllPartitions);
        node.Store.Observe(ObserverKinds.Journal, on);
        access.UnlockAll();
    }
}
