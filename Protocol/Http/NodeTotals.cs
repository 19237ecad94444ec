using System.Runtime.CompilerServices;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>What all threads counted, added up: not a point in time.</summary>
internal unsafe struct NodeTotals
{
    /// <summary>The engine's counters.</summary>
    public Counters Counters;

    /// <summary>Open connections by protocol.</summary>
    public fixed int Connections[ProtocolNumber.Count];

    /// <summary>Replies over HTTP.</summary>
    public long HttpRequests;

    /// <summary>Wrong passwords over HTTP.</summary>
    public long WrongPasswords;

    /// <summary>Adds everything up. Walks over all connections: workers only.</summary>
    public static NodeTotals Read(Server server)
    {
        NodeTotals totals = default;
        long* sum = (long*)&totals.Counters;
        foreach (Turn turn in server.Turns())
        {
            long* one = (long*)turn.Counters;
            for (int i = 0; i < sizeof(Counters) / sizeof(long); i++)
            {
                sum[i] += one[i];
            }

            HttpThread http = Unsafe.As<ProtocolContext>(turn.Context!).Http;
            totals.WrongPasswords += http.WrongPasswords;
            for (HttpRoute route = 0; route < HttpRoute.Count; route++)
            {
                for (int status = 1; status <= 5; status++)
                {
                    totals.HttpRequests += http.Counted(route, status);
                }
            }
        }

        int used = server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            ConnectionSlot* slot = server.Connections.At(index);
            if (slot->Descriptor >= 0)
            {
                totals.Connections[slot->Protocol % ProtocolNumber.Count]++;
            }
        }

        return totals;
    }

    /// <summary>Requests by protocol.</summary>
    public readonly long RequestsOf(int protocol) => protocol switch
    {
        ProtocolNumber.Cs => Counters.CsRequests,
        ProtocolNumber.Resp => Counters.Requests - Counters.CsRequests - HttpRequests,
        ProtocolNumber.Http => HttpRequests,
        _ => 0,
    };
}
