using System;
using System.Collections.Generic;
using System.Text;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Four fake nodes and a client. On disposal no C node may have been harmed.</summary>
internal sealed class RingTestRing : IDisposable
{
    private readonly RingOperation _operation = new();

    /// <param name="mixture">Bit i: node i + 1 is the C program.</param>
    /// <param name="timeout">Nanoseconds for an operation: long, but for nodes
    /// that never answer. A busy machine must not make one late.</param>
    public RingTestRing(int mixture, long timeout = 60_000_000_000)
    {
        Nodes = new RingFakeNode[4];
        for (int i = 0; i < 4; i++)
        {
            Nodes[i] = new RingFakeNode((mixture >> i & 1) != 0);
        }

        Client = new RingClient(RingFakeNode.Ring(Nodes), timeout, Warnings.Add);
    }

    public RingFakeNode[] Nodes { get; }

    public RingClient Client { get; }

    public List<string> Warnings { get; } = [];

    public string Value => Encoding.Latin1.GetString(_operation.Value);

    public string Failure => _operation.Failure;

    public RingFakeNode Owner(string key) => Nodes[Client.Map.Owner(Encoding.Latin1.GetBytes(key))];

    public RingFakeNode Replica(string key) => Nodes[Client.Map.Replica(Client.Map.Owner(Encoding.Latin1.GetBytes(key)))];

    public RingResult Run(RingVerb verb, string key, string value = "")
        => Client.Run(_operation.Set(verb, Encoding.Latin1.GetBytes(key), Encoding.Latin1.GetBytes(value)));

    public void Finish(List<RingOperation> operations)
    {
        foreach (RingOperation operation in operations)
        {
            Client.Complete(operation);
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        System.Threading.Thread.Sleep(10);
        foreach (RingFakeNode node in Nodes)
        {
            Assert.Empty(node.Violations);
            node.Dispose();
        }
    }
}
