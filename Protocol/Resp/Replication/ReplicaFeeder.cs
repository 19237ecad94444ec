using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Gives the replica whose connection the thread owns what comes next: when there is more, and when the kernel has taken what it was given
/// before.
/// </summary>
internal static unsafe class ReplicaFeeder
{
    private const int PieceBytes = 64 * 1024;
    private const int PiecesAtOnce = 4;

    /// <summary>A message for a replica.</summary>
    public static void Receive(CommandContext call, PostedMessage* message)
    {
        Replica* replica = call.ExistingSession->Replica;
        if (message->Kind == Replicas.MoreKind)
        {
            GiveMore(call, replica);
        }
        else if (message->Kind == Replicas.AliveKind && replica->State == ReplicaState.Waits
            && call.Thread.Connection->OutputHead == null)
        {
            call.Thread.Output.Write("\n"u8);
        }
    }

    /// <summary>For <see cref="ProtocolEntry.Drained"/>.</summary>
    public static void Drained(CommandContext call) => GiveMore(call, call.ExistingSession->Replica);

    private static void GiveMore(CommandContext call, Replica* replica)
    {
        if (call.Thread.Connection->OutputHead != null)
        {
            // It comes again when the kernel has that.
            return;
        }

        // As many as that in any case, also when the thread's share is used up: nothing else would bring this connection back.
        for (int i = 0; i < PiecesAtOnce; i++)
        {
            bool more = replica->State switch
            {
                ReplicaState.Loads => GiveSnapshot(call, replica),
                ReplicaState.Online => GiveStream(call, replica),
                _ => false,
            };
            if (!more)
            {
                return;
            }
        }
    }

    private static bool GiveSnapshot(CommandContext call, Replica* replica)
    {
        ThreadContext thread = call.Thread;
        ReplicationFeed feed = call.Resp.Feed!;
        ReplicaSnapshot snapshot = call.Resp.Replicas.Snapshot!;
        if (replica->Snapshot != snapshot.Number)
        {
            thread.Abort();
            return false;
        }

        if (!replica->HasHead)
        {
            replica->HasHead = true;
            WriteHead(call, replica, snapshot);
        }

        byte* room = thread.Output.Reserve(PieceBytes);
        int count = feed.ReadSnapshot(snapshot.Number, replica->SnapshotOffset, room, PieceBytes, out bool isEnd);
        if (count == 0 && !isEnd)
        {
            Interlocked.Exchange(ref replica->IsIdle, 1); // full fence; pairs with Replicas.Wake
            count = feed.ReadSnapshot(snapshot.Number, replica->SnapshotOffset, room, PieceBytes, out isEnd);
            if (count == 0 && !isEnd)
            {
                return false;
            }

            Interlocked.Exchange(ref replica->IsIdle, 0); // pairs with Replicas.Wake
        }

        if (count < 0)
        {
            thread.Abort();
            return false;
        }

        thread.Output.Advance(count);
        call.Resp.Replicas.Update(replica, (count, isEnd, thread.Started / 1_000_000), &NoteSnapshotGiven);
        feed.SnapshotTaken();
        if (isEnd)
        {
            thread.Output.Write(snapshot.Mark);
            if (replica->IsBackup)
            {
                thread.CloseAfterFlush();
            }
        }

        return !isEnd;
    }

    private static void WriteHead(CommandContext call, Replica* replica, ReplicaSnapshot snapshot)
    {
        ReplyOutput output = call.Thread.Output;
        if (!replica->IsPlain)
        {
            byte* number = stackalloc byte[Native.Numbers.Longest];
            output.Write("+FULLRESYNC "u8);
            output.Write(snapshot.History);
            output.Write(" "u8);
            output.Write(number, Native.Numbers.Write(number, snapshot.Position));
            output.Write("\r\n"u8);
        }

        output.Write("$EOF:"u8);
        output.Write(snapshot.Mark);
        output.Write("\r\n"u8);
    }

    private static void NoteSnapshotGiven(Replica* replica, (int Count, bool IsEnd, long Now) given)
    {
        replica->HeardAt = given.Now;
        replica->SnapshotOffset += given.Count;
        replica->State = given.IsEnd ? ReplicaState.Loaded : replica->State;
    }

    private static bool GiveStream(CommandContext call, Replica* replica)
    {
        ThreadContext thread = call.Thread;
        ReplicationFeed feed = call.Resp.Feed!;
        if (replica->Position < feed.KeptFrom && thread.DeferLong())
        {
            // From the disk, which the loop must not wait for.
            _ = thread.Server.Signals.Post(thread.Token, null, Replicas.MoreKind);
            return false;
        }

        byte* room = thread.Output.Reserve(PieceBytes);
        int count = feed.Read(replica->Token, replica->Position, room, PieceBytes);
        if (count == 0)
        {
            Interlocked.Exchange(ref replica->IsIdle, 1); // full fence; pairs with Replicas.Wake
            count = feed.Read(replica->Token, replica->Position, room, PieceBytes);
            if (count == 0)
            {
                return false;
            }

            Interlocked.Exchange(ref replica->IsIdle, 0); // pairs with Replicas.Wake
        }

        if (count < 0)
        {
            ReplicaEvents.Write(
                thread.Server, 4, replica, "is further behind than what is kept of the stream, and is closed: it needs a full synchronization");
            thread.Abort();
            return false;
        }

        thread.Output.Advance(count);
        call.Resp.Replicas.Update(replica, count, &NoteStreamGiven);
        return true;
    }

    private static void NoteStreamGiven(Replica* replica, int count) => replica->Position += count;
}
