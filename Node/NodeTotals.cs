using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Memcached;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>What all threads counted, added up: not a point in time.</summary>
internal unsafe struct NodeTotals
{
    /// <summary>The engine's counters.</summary>
    public Counters Counters;

    /// <summary>Open connections by protocol.</summary>
    public fixed int Connections[ProtocolNumber.Count];

    /// <summary>Replies over CS.</summary>
    public long CsRequests;

    /// <summary>Replies over HTTP.</summary>
    public long HttpRequests;

    /// <summary>Requests over memcached.</summary>
    public long MemcachedRequests;

    /// <summary>Requests of the status page itself: for /status.json and /history.json.</summary>
    public long PageRequests;

    /// <summary>
    /// Requests that the node could not or would not carry out, by protocol: error replies of RESP and memcached, statuses from 500 of
    /// HTTP, and failures of CS other than a key that is not there.
    /// </summary>
    public fixed long Errors[ProtocolNumber.Count];

    /// <summary>Adds everything up. Walks over all connections: workers only.</summary>
    public static NodeTotals Read(Server server)
    {
        NodeTotals totals = Count(server);
        int used = server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            if (server.Connections.TryGetToken(index, out _))
            {
                totals.Connections[server.Connections.At(index)->Protocol % ProtocolNumber.Count]++;
            }
        }

        return totals;
    }

    /// <summary>The same without <see cref="Connections"/>: some hundred additions for each thread. Any thread; allocates nothing.</summary>
    public static NodeTotals Count(Server server)
    {
        NodeTotals totals = default;
        long* sum = (long*)&totals.Counters;
        foreach (ThreadContext thread in server.Threads)
        {
            long* one = (long*)thread.Counters;
            for (int i = 0; i < sizeof(Counters) / sizeof(long); i++)
            {
                sum[i] += one[i];
            }

            CsThread cs = ProtocolContext.Part<CsThread>(thread, ProtocolNumber.Cs);
            for (int command = 0; command < CsThread.Commands; command++)
            {
                long failed = cs.Counted(command, failed: true);
                totals.CsRequests += cs.Counted(command, failed: false) + failed;
                totals.Errors[ProtocolNumber.Cs] += command is CsFrame.Get or CsFrame.Delete ? 0 : failed;
            }

            HttpThread http = ProtocolContext.Part<HttpThread>(thread, ProtocolNumber.Http);
            for (HttpRoute route = 0; route < HttpRoute.Count; route++)
            {
                for (int status = 1; status <= 5; status++)
                {
                    long count = http.Counted(route, status);
                    totals.HttpRequests += count;
                    totals.PageRequests += route is HttpRoute.Status or HttpRoute.History ? count : 0;
                    totals.Errors[ProtocolNumber.Http] += status == 5 ? count : 0;
                }
            }

            ErrorCount* errors = ProtocolContext.Part<RespThread>(thread, ProtocolNumber.Resp).Call.Statistics.Errors;
            for (int i = 0; i < ErrorCount.MostCodes; i++)
            {
                totals.Errors[ProtocolNumber.Resp] += errors[i].Count;
            }
        }

        MemcachedCounters memcached = MemcachedCommon.Sum(server);
        totals.MemcachedRequests = memcached.Requests;
        totals.Errors[ProtocolNumber.Memcached] = memcached.Errors;
        return totals;
    }

    /// <summary>Requests by protocol.</summary>
    public readonly long RequestsOf(int protocol) => protocol switch
    {
        ProtocolNumber.Cs => CsRequests,
        ProtocolNumber.Resp => Counters.Requests - CsRequests - HttpRequests - MemcachedRequests,
        ProtocolNumber.Http => HttpRequests,
        ProtocolNumber.Memcached => MemcachedRequests,
        _ => 0,
    };
}
