using System;
using System.Text;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Journal.Snapshots;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// Snapshots for replicas: sent as they are made, to all that wait for one at its point in time. One at a time. They take turns with those
/// for the disk where there are any.
/// </summary>
internal sealed class ReplicaSnapshots(RunningNode node)
{
    private const int StackBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private SnapshotChannel? _channel;
    private SnapshotWriter? _writer;
    private Thread? _thread;
    private int _number;
    private bool _isRunning;
    private bool _ends;

    /// <summary>Begins one, unless one is under way or nobody waits.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_isRunning || _ends || node.Resp.Replicas.CountWaiting() == 0)
            {
                return;
            }

            _isRunning = true;
            if (node.Persistence is { } persistence)
            {
                _isRunning = persistence.Jobs.BeginForReplicas(Send);
                return;
            }

            try
            {
                _thread = NewThread.Create(Run, StackBytes, "snapshot");
                NewThread.Start(_thread);
            }
            catch (SystemRefusedException exception)
            {
                _isRunning = false;
                Log.Error(exception.Message);
            }
        }
    }

    /// <summary>As <see cref="ReplicationFeed.ReadSnapshot"/>.</summary>
    public unsafe int Read(int number, long offset, byte* into, int most, out bool isEnd)
    {
        isEnd = false;
        if (node.Persistence?.Log is { } log && node.Resp.Replicas.Snapshot is { } snapshot && snapshot.Position > log.Shareable)
        {
            return 0;
        }

        SnapshotChannel? channel = Volatile.Read(ref _channel); // pairs with Send
        return channel is null || number != Volatile.Read(ref _number) ? -1 : channel.Read(offset, into, most, out isEnd);
    }

    /// <summary>As <see cref="ReplicationFeed.SnapshotTaken"/>.</summary>
    public void Taken() => Volatile.Read(ref _channel)?.Taken(); // pairs with Send

    /// <summary>Ends what is under way.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _ends = true;
            _writer?.Stop();
        }

        _thread?.Join();
    }

    private void Run()
    {
        string? error;
        try
        {
            error = Send();
        }
        catch (OutOfMemoryException)
        {
            error = "out of memory";
        }

        if (error is not null)
        {
            Log.Error("a snapshot for replicas was not sent: " + error);
        }
    }

    // Answers null, or what went wrong.
    private string? Send()
    {
        int number = _number + 1;
        try
        {
            return Send(number);
        }
        finally
        {
            node.Resp.Replicas.FailSnapshot(number, node.Server);
            Volatile.Read(ref _channel)?.Free();
            lock (_lock)
            {
                Volatile.Write(ref _channel, null); // pairs with Read
                _writer = null;
                _isRunning = false;
            }

            node.Server.EnsureTick();
        }
    }

    private string? Send(int number)
    {
        Replicas replicas = node.Resp.Replicas;
        SnapshotWriter? writer = null;
        SnapshotChannel channel = new()
        {
            SlowestReader = () => replicas.SlowestReader(number),
            Grew = WakeReplicas,
            GivesUp = () => writer!.IsStopped || writer.IsBehind || Volatile.Read(ref _ends), // pairs with Close
        };
        Volatile.Write(ref _channel, channel); // pairs with Read
        Volatile.Write(ref _number, number); // pairs with Read
        SnapshotNotes notes = new() { Version = RespCommon.RedisVersion.ToArray(), UsedMemory = node.Store.UsedMemory };
        void Begin() => BeginAtPoint(number, notes, writer!);
        writer = node.Persistence is { } persistence ? persistence.Jobs.Present.Make(Begin, isUrgent: true, channel)
            : new SnapshotWriter(node.Store, channel)
            {
                AtPoint = Begin,
                IsUrgent = true,
                Buffer = node.Settings.Data.SnapshotBuffer,
            };
        lock (_lock)
        {
            _writer = writer;
            if (_ends)
            {
                return null;
            }
        }

        long began = Clock.Monotonic();
        if (!writer.Write("to replicas", notes))
        {
            if (writer.IsGivenUp)
            {
                Log.Info("a snapshot for replicas was given up: " + writer.Error);
                return null;
            }

            return channel.Error ?? writer.Error;
        }

        int count = replicas.CountLoaded(number);
        if (count == 0)
        {
            return "its replicas are gone";
        }

        Log.Info("a snapshot was sent to " + ValueText.FormatInteger(count) + (count == 1 ? " replica: " : " replicas: ")
            + SnapshotFiles.Describe(writer) + "; " + ValueText.FormatInteger((Clock.Monotonic() - began) / 1_000_000) + " ms");
        return null;
    }

    private void WakeReplicas()
    {
        if (node.Resp.Replicas.Wake(node.Server))
        {
            node.Server.Loop.Wake();
        }
    }

    private void BeginAtPoint(int number, SnapshotNotes notes, SnapshotWriter writer)
    {
        if (node.Feed.Log is not { } log)
        {
            // Turned off a moment ago.
            writer.Stop();
            return;
        }

        byte[] history = node.History.Present.Name;
        notes.History = history;
        notes.Position = log.Buffer.Cut(afresh: false);
        notes.Database = node.Replication.StreamDatabase;
        ReplicaSnapshot snapshot = new()
        {
            Number = number,
            Mark = Encoding.ASCII.GetBytes(RandomBytes.NextText() + RandomBytes.NextText() + RandomBytes.NextText()[..8]),
            History = history,
            Position = notes.Position,
        };
        node.Resp.Replicas.BeginSnapshot(snapshot, node.Server);
    }
}
