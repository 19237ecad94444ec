using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>What replicas send: REPLCONF, PSYNC, SYNC. `redis-cli --rdb` takes a backup with the same commands.</summary>
internal static unsafe class ReplicaCommands
{
    /// <summary>Why there is no stream.</summary>
    public static ReadOnlySpan<byte> NotKept => "ERR changes are not kept: appendonly is off, or there is no memory"u8;

    /// <summary>REPLCONF option value …</summary>
    public static void Configure(CommandContext call)
    {
        if (call.Count % 2 == 0)
        {
            call.ReplySyntaxError();
            return;
        }

        for (int i = 1; i < call.Count; i += 2)
        {
            Argument* name = call.Arguments + i;
            Argument* value = name + 1;
            if (name->Is("ack"u8) || name->Is("getack"u8))
            {
                // Neither is answered; from who is no replica they mean nothing.
                return;
            }

            if (name->Is("listening-port"u8))
            {
                if (!call.TryReadInteger(i + 1, out long port))
                {
                    return;
                }

                ReplicaOf(call)->Port = (int)Math.Clamp(port, 0, ushort.MaxValue);
            }
            else if (name->Is("ip-address"u8))
            {
                if (value->Length <= Replica.LongestAddress && call.Common.Replication?.IsHost(value->Span) == false)
                {
                    call.ReplyError("ERR REPLCONF ip-address provided by replica instance has white space in it, or nothing"u8);
                    return;
                }

                if (value->Length > Replica.LongestAddress)
                {
                    call.ReplyError("ERR REPLCONF ip-address provided by replica instance is too long: more than 255 bytes"u8);
                    return;
                }

                SetAddress(ReplicaOf(call), value->Span);
            }
            else if (name->Is("capa"u8))
            {
                if (value->Is("eof"u8))
                {
                    ReplicaOf(call)->KnowsMarks = true;
                }
            }
            else if (name->Is("rdb-only"u8))
            {
                if (!call.TryReadInteger(i + 1, out long only))
                {
                    return;
                }

                ReplicaOf(call)->IsBackup = only == 1;
            }
            else if (name->Is("rdb-filter-only"u8))
            {
                Set(call, RespFlags.WantsNoKeys, value->Length != 0);
            }
            else if (!name->Is("version"u8))
            {
                call.ReplyErrorAbout("ERR Unrecognized REPLCONF option: "u8, name->Span, default);
                return;
            }
        }

        call.Reply.Ok();
    }

    /// <summary>PSYNC history position [FAILOVER]: goes on where the replica is, or begins with a snapshot. The last word is a master's
    /// that hands its part over.</summary>
    public static void PartialSync(CommandContext call)
    {
        if (call.DeferLong() || !call.TryReadInteger(2, out long next) || (call.Count > 3 && !FailoverCommand.TryTakeOver(call))
            || !TryBegin(call, out ReplicationFeed feed))
        {
            return;
        }

        feed.NoteFollowed();
        byte[] name = feed.History;
        ReadOnlySpan<byte> history = call.Arguments[1].Span;
        if (!feed.CanContinue(history, next, out bool isKnown))
        {
            bool isNew = history.SequenceEqual("?"u8);
            if (!isNew)
            {
                call.Resp.Replicas.NoteRefusal(isKnown);
            }

            string why = isNew ? "is new" : isKnown ? "needs more than what is kept of the stream" : "comes from another history";
            BeginFull(call, feed, why, isPlain: false);
            return;
        }

        // What it needs may be overwritten before it gets the first piece: then it is closed, and asks again.
        List(call, ReplicaOf(call), ReplicaState.Online, next - 1);
        if (feed.History != name)
        {
            // It has become another history meanwhile; from here on, whoever is in the list is closed then.
            call.Thread.Abort();
            return;
        }

        call.Resp.Replicas.Partials++;
        call.Thread.Output.Write("+CONTINUE "u8);
        call.Thread.Output.Write(name);
        call.Thread.Output.Write("\r\n"u8);
        _ = call.Thread.Server.Signals.Post(call.Thread.Token, null, Replicas.MoreKind);
        ReplicaEvents.Write(call.Thread.Server, 6, ReplicaOf(call), "goes on from where it was");
    }

    /// <summary>SYNC: a snapshot and the stream behind it, without a line that says where that is.</summary>
    public static void Sync(CommandContext call)
    {
        if ((call.Connection->Flags & RespFlags.WantsNoKeys) != 0)
        {
            // An RDB file of nothing, without a checksum.
            call.Thread.Output.Write("$18\r\nREDIS0009"u8);
            call.Thread.Output.Write([0xFF, 0, 0, 0, 0, 0, 0, 0, 0]);
            return;
        }

        if (TryBegin(call, out ReplicationFeed feed))
        {
            BeginFull(call, feed, "asks with SYNC", isPlain: true);
        }
    }

    /// <summary>A command of a connection that is a replica. It only tells how far it is, and gets no answer; anything else is a mistake,
    /// whose answer it would take for a part of the stream.</summary>
    public static void RunOfReplica(CommandContext call, Command* command)
    {
        if (command == null || !command->Name.SequenceEqual("replconf"u8) || call.Count < 3 || !call.Arguments[1].Is("ack"u8))
        {
            ReplicaEvents.Write(call.Thread.Server, 4, ReplicaOf(call), "sent a command other than REPLCONF ACK and is closed");
            call.Thread.Abort();
            return;
        }

        if (call.TryReadInteger(2, out long position))
        {
            Replica* replica = call.ExistingSession->Replica;
            bool begins = replica->State == ReplicaState.Loaded;
            call.Resp.Replicas.Update(replica, Math.Min(position, call.Resp.Feed!.Position), &Acknowledge);
            call.Resp.Replicas.Waiters.Wake(call.Thread.Server, call.Resp.Feed);
            if (begins)
            {
                ReplicaEvents.Write(call.Thread.Server, 6, replica, "has loaded its snapshot and follows");
                _ = call.Thread.Server.Signals.Post(call.Thread.Token, null, Replicas.MoreKind);
            }
        }
        else
        {
            call.Thread.Abort();
        }
    }

    /// <summary>Something came from the replica whose connection the thread owns.</summary>
    public static void NoteHeard(CommandContext call)
        => call.Resp.Replicas.Update(call.ExistingSession->Replica, call.Thread.Started / 1_000_000, &Hear);

    /// <summary>A connection ends that may be a replica.</summary>
    public static void EndReplica(RespSession* session, CommandContext call)
    {
        Replica* replica = session->Replica;
        if (replica == null)
        {
            return;
        }

        session->Replica = null;
        if (replica->IsListed)
        {
            bool isExpected = replica->IsBackup || call.Thread.Server.IsStopping;
            ReplicaEvents.Write(call.Thread.Server, isExpected ? 6 : 4, replica, "is gone");
            call.Resp.Replicas.Remove(replica);
            call.Resp.Feed!.NoteEnded(replica->Token);
        }

        call.Thread.Server.Buffers.Return((byte*)replica, replica->Capacity);
    }

    private static void Acknowledge(Replica* replica, long position)
    {
        replica->Acknowledged = Math.Max(replica->Acknowledged, position);
        replica->State = replica->State == ReplicaState.Loaded ? ReplicaState.Online : replica->State;
    }

    private static void Hear(Replica* replica, long now) => replica->HeardAt = now;

    private static bool TryBegin(CommandContext call, out ReplicationFeed feed)
    {
        feed = call.Resp.Feed!;
        if (call.Common.Replication is { IsReplica: true, Failover: not FailoverState.Waiting } replication
            && replication.Status.Link != LinkState.Connected)
        {
            call.ReplyError("NOMASTERLINK Can't SYNC while not connected with my master"u8);
            return false;
        }

        if (!feed.TryBegin())
        {
            call.ReplyError(call.Common.Replication is { IsReplica: true } ? "NOMASTERLINK Can't SYNC in the middle of a transaction"u8
                : NotKept);
            return false;
        }

        return true;
    }

    private static void BeginFull(CommandContext call, ReplicationFeed feed, string why, bool isPlain)
    {
        Replica* replica = ReplicaOf(call);
        if (!replica->KnowsMarks)
        {
            call.ReplyError("ERR snapshots are only sent with a mark at the end: say REPLCONF capa eof first"u8);
            return;
        }

        replica->IsPlain = isPlain;
        call.Resp.Replicas.Fulls++;
        List(call, replica, ReplicaState.Waits, 0);
        ReplicaEvents.Write(call.Thread.Server, 6, replica, why + ", and gets a snapshot");
        feed.BeginSnapshot();
    }

    private static void List(CommandContext call, Replica* replica, ReplicaState state, long position)
    {
        if (replica->AddressLength == 0 && ClientAddress.Peer(call.Thread.Connection) is { } peer)
        {
            int colon = peer.LastIndexOf(':');
            Span<byte> text = stackalloc byte[Replica.LongestAddress];
            int length = Math.Min(colon < 0 ? peer.Length : colon, text.Length);
            SetAddress(replica, text[..System.Text.Encoding.UTF8.GetBytes(peer.AsSpan(0, length), text)]);
        }

        // Looked at with each batch from now on.
        call.Connection->Flags = (call.Connection->Flags | RespFlags.Replica) & ~RespFlags.Known;
        call.Resp.Replicas.Add(replica, call.Thread.Token, state, position, call.Thread.Started);
        call.Thread.Server.EnsureTick();
    }

    private static Replica* ReplicaOf(CommandContext call)
    {
        RespSession* session = call.Session;
        if (session->Replica == null)
        {
            Replica* replica = (Replica*)call.Thread.Server.Buffers.Rent(sizeof(Replica), out int capacity);
            *replica = default;
            replica->Capacity = capacity;
            session->Replica = replica;
        }

        return session->Replica;
    }

    private static void SetAddress(Replica* replica, ReadOnlySpan<byte> address)
    {
        address.CopyTo(new Span<byte>(replica->Address, Replica.LongestAddress));
        replica->AddressLength = address.Length;
    }

    private static void Set(CommandContext call, RespFlags flag, bool on)
        => call.Connection->Flags = on ? call.Connection->Flags | flag : call.Connection->Flags & ~flag;
}
