using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Memcached;

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

    /// <summary>Adds everything up. Walks over all connections: workers only.</summary>
    public static NodeTotals Read(Server server)
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
                totals.CsRequests += cs.Counted(command, failed: false) + cs.Counted(command, failed: true);
            }

            HttpThread http = ProtocolContext.Part<HttpThread>(thread, ProtocolNumber.Http);
            for (HttpRoute route = 0; route < HttpRoute.Count; route++)
            {
                for (int status = 1; status <= 5; status++)
                {
                    totals.HttpRequests += http.Counted(route, status);
                }
            }
        }

        totals.MemcachedRequests = MemcachedCommon.Sum(server).Requests;
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
