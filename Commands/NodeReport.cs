using System;
using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary>What a node that shares files tells of it, of its ring and of leases: in /metrics and for the page. Workers only.</summary>
internal static unsafe class NodeReport
{
    /// <summary>Lets the protocols ask.</summary>
    public static void Serve(NodeServices services)
    {
        services.AddMetrics = &AddMetrics;
        services.AddStatus = &AddStatus;
    }

    private static void AddMetrics(NodeServices services, ByteBuilder body)
    {
        HttpMetrics.Gauge(body, "leases"u8, "Registrations here that end when they are not renewed."u8, services.Leases.Count);
        HttpMetrics.Gauge(body, "lease_holders"u8, "Holders that have such registrations here."u8, services.Leases.Holders);
        HttpMetrics.Counter(body, "leases_expired_total"u8, "Registrations that were not renewed."u8, services.Leases.Expired);
        if (services.ShareOwner is NodeShare share)
        {
            HttpMetrics.Counter(body, "hashed_bytes_total"u8, "Bytes of shared files hashed."u8, share.Hashes.HashedBytes);
            HttpMetrics.Counter(body, "hashed_files_total"u8, "Shared files hashed."u8, share.Hashes.HashedFiles);
            HttpMetrics.Gauge(body, "hashes_known"u8, "Files whose hashes are known."u8, share.Hashes.Known);
            HttpMetrics.Gauge(body, "hashes_waiting"u8, "Files that wait to be hashed."u8, share.Hashes.Waiting);
            HttpMetrics.Gauge(body, "shared_files"u8, "Files registered with the ring."u8, share.Registered);
            HttpMetrics.Gauge(body, "file_transfers"u8, "Files being sent, 64 at most."u8, CountTransfers(share.Server.Transfers));
        }
    }

    private static void AddStatus(NodeServices services, ByteBuilder body)
    {
        if (services.ShareOwner is not NodeShare share)
        {
            return;
        }

        RingNode[] nodes = share.Nodes;
        body.Add(",\"ring\":["u8);
        for (int i = 0; i < nodes.Length && nodes.Length > 1; i++)
        {
            body.Add(i == 0 ? "{\"number\":"u8 : ",{\"number\":"u8);
            body.Add(nodes[i].Number);
            body.Add(",\"address\":"u8);
            body.AddJson(System.Text.Encoding.UTF8.GetBytes(nodes[i].Endpoint));
            body.Add(i == share.Self || share.IsUp(i) ? ",\"up\":true"u8 : ",\"up\":false"u8);
            body.Add(i == share.Self ? ",\"self\":true}"u8 : ",\"self\":false}"u8);
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
