using System;
using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;

namespace Epollsrv.Node;

/// <summary>What a node that shares files tells of it, of its ring and of leases: in /metrics and for the page. Workers only.</summary>
internal static unsafe class NodeReport
{
    private const int MostNames = 200;

    /// <summary>Adds families to /metrics.</summary>
    public static void AddMetrics(RunningNode node, in MetricsWriter metrics)
    {
        RegistrationTable registrations = node.Cs.Registrations;
        metrics.Gauge("registrations"u8, "Registrations here: a file and who has it."u8, registrations.Count);
        metrics.Gauge("registration_bytes"u8, "Memory of all registrations."u8, registrations.InUse);
        metrics.Gauge("leases"u8, "Registrations here that end when they are not renewed."u8, registrations.Leases);
        metrics.Gauge("lease_holders"u8, "Holders that have such registrations here."u8, registrations.LeaseHolders);
        metrics.Counter("leases_expired_total"u8, "Registrations that were not renewed."u8, registrations.Expired);
        metrics.Counter("lease_renewals_received_total"u8, "Renewals of registrations here, each for all of one holder."u8,
            registrations.Renewals);
        if (node.Share is { } share)
        {
            RingReport.AddMetrics(share, metrics);
            metrics.Counter("hashed_bytes_total"u8, "Bytes of shared files hashed."u8, share.Hashes.HashedBytes);
            metrics.Counter("hashed_files_total"u8, "Shared files hashed."u8, share.Hashes.HashedFiles);
            metrics.Gauge("hashes_known"u8, "Files whose hashes are known."u8, share.Hashes.Known);
            metrics.Gauge("hashes_waiting"u8, "Files that wait to be hashed."u8, share.Hashes.Waiting);
            metrics.Gauge("shared_files"u8, "Files registered with the ring."u8, share.Registered);
            metrics.Gauge("file_transfers"u8, "Files being sent, 64 at most."u8, CountTransfers(share.Server.Transfers));
        }
    }

    /// <summary>Adds members to /status.json, each with a comma in front: what docs/HTTP.md says of files.</summary>
    public static void AddStatus(RunningNode node, ByteBuilder body)
    {
        AddRegistrations(node.Cs.Registrations, body);
        if (node.Share is not { } share)
        {
            return;
        }

        RingView? ring = share.Ring;
        body.Add(",\"ring\":["u8);
        for (int i = 0; ring is { Nodes.Length: > 1 } && i < ring.Nodes.Length; i++)
        {
            PeerAddress peer = ring.Nodes[i];
            body.Add(i == 0 ? "{\"number\":"u8 : ",{\"number\":"u8);
            body.Add(peer.Number);
            body.Add(",\"address\":"u8);
            body.AddJson(System.Text.Encoding.UTF8.GetBytes(peer.Endpoint));
            body.Add(ring.IsUp(i) ? ",\"up\":true"u8 : ",\"up\":false"u8);
            body.Add(i == ring.Self ? ",\"self\":true}"u8 : ",\"self\":false}"u8);
        }

        body.Add("],\"transfers\":["u8);
        bool any = false;
        for (int i = 0; i < FileTransfers.Capacity; i++)
        {
            if (share.Server.Transfers.TryRead(i, out FileTransfer transfer))
            {
                body.Add(any ? ",{\"name\":"u8 : "{\"name\":"u8);
                body.AddJson(new ReadOnlySpan<byte>(transfer.Name, Math.Min(transfer.NameLength, FileTransfer.LongestName)));
                body.Add(",\"size\":"u8);
                body.Add(transfer.Size);
                body.Add(",\"done\":"u8);
                body.Add(transfer.Done);
                body.Add(",\"peers\":1}"u8);
                any = true;
            }
        }

        body.Add((byte)']');
    }

    // Some names, so that the page stays short; `epollsrv files` lists all.
    private static void AddRegistrations(RegistrationTable registrations, ByteBuilder body)
    {
        Span<byte> name = stackalloc byte[CsFrame.MaximumKey];
        Span<byte> lines = stackalloc byte[CsFrame.LongestFilesLines];
        int nameLength = -1;
        body.Add(",\"registered\":"u8);
        body.Add(registrations.Names);
        body.Add(",\"registrations\":["u8);
        for (int i = 0; i < MostNames && registrations.TryReadNext(name, ref nameLength, lines, out int linesLength, out int holders); i++)
        {
            body.Add(i == 0 ? "{\"name\":"u8 : ",{\"name\":"u8);
            body.AddJson(name[..nameLength]);
            body.Add(",\"count\":"u8);
            body.Add(holders);
            body.Add(",\"holders\":["u8);
            for (int start = 0; start < linesLength;)
            {
                int length = lines[start..linesLength].IndexOf((byte)'\n');
                body.Add(start == 0 ? default : ","u8);
                body.AddJson(lines.Slice(start, length));
                start += length + 1;
            }

            body.Add("]}"u8);
        }

        body.Add((byte)']');
    }

    private static int CountTransfers(FileTransfers transfers)
    {
        int count = 0;
        for (int i = 0; i < FileTransfers.Capacity; i++)
        {
            count += transfers.TryRead(i, out _) ? 1 : 0;
        }

        return count;
    }
}
