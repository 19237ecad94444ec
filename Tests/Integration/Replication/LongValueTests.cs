using System;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A long value of the master's stream that arrives in parts, behind other commands.</summary>
[Trait("Category", "Replication")]
public sealed class LongValueTests
{
    private const string Place = "published adaptive edge";

    // The end of the batch was looked at twice, and each time a block was taken. A role that changed between the two ended the process.
    [Fact]
    public void It_takes_memory_once() => NodeUnderTest.Run(Place, node =>
    {
        // So long that each block has a mapping of its own.
        const int length = 5_000_000;
        const int values = 40;
        const int first = 20_000;
        PublishedNode process = (PublishedNode)node;
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        long position = 1000;
        master.SendSnapshot(position, FakeMaster.Rdb(FakeMaster.Pair("a", "1")));
        master.AwaitPosition(position);
        byte[] request = FakeMaster.Request("SET", "long", new string('x', length));
        byte[] small = FakeMaster.Request("SET", "a", "2");
        byte[] ask = FakeMaster.Request("REPLCONF", "GETACK", "*");
        long least = long.MaxValue;
        for (int i = 0; i < values; i++)
        {
            master.Send([.. ask, .. small, .. request.AsSpan(0, first)]);
            master.AwaitPosition(position + ask.Length);
            master.Send([.. request.AsSpan(first), .. ask]);
            position += ask.Length + small.Length + request.Length + ask.Length;
            master.AwaitPosition(position);
            least = Math.Min(least, process.AddressSpace());
        }

        Assert.InRange(process.AddressSpace(), least, least + (values * (long)length / 2));
    });
}
