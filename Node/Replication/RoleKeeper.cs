using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Keeps the node's part in replication in its data directory (<see cref="RoleFile"/>), from the first time on that it has one.
/// Any thread that may wait for the disk.</summary>
internal sealed class RoleKeeper(RunningNode node, NodeReplication replication)
{
    private readonly Lock _lock = new();
    private RoleRecord? _kept;
    private int _result;

    // Before, the file says what is to be done, and the node's part is none yet.
    private bool _isResumed;

    /// <summary>What the file holds; null: there is none. Any thread.</summary>
    public RoleRecord? Kept
    {
        get => Volatile.Read(ref _kept); // pairs with the set
        set => Volatile.Write(ref _kept, value);
    }

    /// <summary>Writes what has changed, if anything has.</summary>
    /// <returns>Whether the file is as it should be, or none is wanted.</returns>
    public bool Keep()
    {
        if (node.Persistence is not { } persistence)
        {
            return true;
        }

        lock (_lock)
        {
            Master? master = replication.Master;
            RoleRecord record = new(master?.Host, master?.Port ?? 0, replication.History.Present);
            if (record == _kept || !_isResumed)
            {
                return true;
            }

            int before = _result;
            _result = RoleFile.Write(persistence.Disk, persistence.Folder.Path, record);
            if (_result < 0)
            {
                if (_result != before)
                {
                    // Once for each reason: it is tried again each second when the node has become a master.
                    Log.Error(persistence.Folder.Path + "/" + RoleFile.Name + ": cannot be written: " + Errno.Describe(_result)
                        + ". A restart would not know the node's part in replication; CONFIG REWRITE tries again");
                }

                return false;
            }

            Kept = record;
            return true;
        }
    }

    /// <summary>The same, unless the node never had a part in replication.</summary>
    public void KeepIfKept()
    {
        if (Kept is not null)
        {
            _ = Keep();
        }
    }

    /// <summary>Goes on with what the file holds, and --replica-of, when the data are loaded. The loading thread, before clients may ask
    /// for anything.</summary>
    /// <param name="isLog">Whether the data are those of a log, which goes on.</param>
    /// <param name="database">The database that the log is at.</param>
    public void Resume(bool isLog, int database)
    {
        lock (_lock)
        {
            _isResumed = true;
        }

        RoleRecord? record = Kept;
        Master? first = replication.Settings.First;
        if (record is null)
        {
            if (first is not null)
            {
                replication.Begin(first);
            }

            return;
        }

        Master? former = record.Host is null ? null : new Master(record.Host, record.Port);
        if (first is not null && (former is null || !former.Is(first.Host, first.Port)))
        {
            Log.Warning("--replica-of " + first.Text + " is ignored: " + RoleFile.Name + " says that this node is "
                + (former is null ? "a master" : "a replica of " + former.Text) + "; REPLICAOF changes that");
        }

        if (isLog)
        {
            ReplicationHistory.Names names = record.History;
            replication.History.Replace(names.Name, names.Previous, names.PreviousEnd);

            // A master that goes on with the stream does not say it again.
            replication.Link.Conversation.Stream.Reset(database);
        }

        if (former is not null)
        {
            replication.Begin(former);
            return;
        }

        if (isLog)
        {
            // Replicas may have got more than the log has after a crash, so that what comes now is another history.
            replication.History.Fork(replication.Position);
        }

        if (!Keep())
        {
            replication.AwaitKeeping();
        }
    }
}
