using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Store;

/// <summary>
/// The part of a snapshot that partitions see, one for a store, in native memory. A chain is saved, or has nothing to save, when the parity
/// bit of its first bucket is the present parity. Other chains are only among the first <see cref="Partition.UnsavedBuckets"/>
/// of their partition, and keep their number and their entries until they are saved.
/// </summary>
internal unsafe struct SnapshotState
{
    // What an entry costs beside its bytes: its header, and reading it, which is a cache miss.
    private const long EntryCost = 64;

    /// <summary>The parity of saved chains. Changed while all partitions are locked.</summary>
    internal bool Parity;

    /// <summary>How many partitions have <see cref="Partition.UnsavedBuckets"/>. Changed
    /// by the walker, which has locked the partition, or while all are locked.</summary>
    internal int PartitionsLeft;

    /// <summary>Who gets the entries.</summary>
    internal SnapshotConsumer Consumer;

    /// <summary>A GCHandle of the consumer's context.</summary>
    internal nint Context;

    private int _phase;

    /// <summary>What is being done. Any thread.</summary>
    internal SnapshotPhase Phase
    {
        readonly get => (SnapshotPhase)Volatile.Read(in _phase); // pairs with the set, and with Abort
        set => Volatile.Write(ref _phase, (int)value);
    }

    /// <summary>Aborts the snapshot if one is being saved. Any thread.</summary>
    internal void Abort() =>
        _ = Interlocked.CompareExchange(ref _phase, (int)SnapshotPhase.Aborted, (int)SnapshotPhase.Saving); // pairs with Phase

    /// <summary>Saves a chain that is about to change. Under the partition's lock.</summary>
    internal void BeforeChange(Partition* partition, Bucket* head)
    {
        if (head->SnapshotParity != Parity && Phase == SnapshotPhase.Saving)
        {
            _ = Save(partition, head, isBeforeChange: true);
        }
    }

    /// <summary>Forgets what was in a partition whose database is flushed. All partitions are locked.</summary>
    internal void Forget(Partition* partition)
    {
        if (partition->UnsavedBuckets == 0)
        {
            return;
        }

        partition->UnsavedBuckets = 0;
        PartitionsLeft--;
        if (partition->Count != 0)
        {
            Abort();
        }
    }

    /// <summary>Gives the entries of an unsaved chain to the consumer. Under the partition's lock.</summary>
    /// <returns>What it cost to copy and will cost to write, in bytes.</returns>
    internal long Save(Partition* partition, Bucket* head, bool isBeforeChange)
    {
        head->SnapshotParity = Parity;
        if (head->Count == 0)
        {
            return 0;
        }

        object context = GCHandle.FromIntPtr(Context).Target!;
        int number = partition->Number;
        int database = partition->SnapshotDatabase;
        long bytes = 0;
        for (Bucket* bucket = head; ; bucket = bucket->Overflow)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                bytes += EntryCost + entry->KeyLength + entry->ValueLength;
                Consumer.SaveEntry(context, number, database, entry);
            }

            if (!bucket->HasOverflow)
            {
                break;
            }
        }

        Consumer.EndChain(context, number, database, isBeforeChange);
        return bytes;
    }
}
