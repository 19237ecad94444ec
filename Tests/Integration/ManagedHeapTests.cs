using System;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The managed heap of the published program: what clients do is not on it, and its end is an error and not a fault.</summary>
[Collection(LoadCollection.Name)]
public sealed class ManagedHeapTests
{
    [Fact]
    public void A_megabyte_of_managed_heap_is_enough_whatever_clients_let_the_node_keep()
    {
        using PublishedNode node = new(["--port", "0", "--workers", "2"], "env", "DOTNET_GCHeapHardLimit=100000");
        RespKeptLoad.Run(node, subscriptions: 40_000, connections: 300);
    }

    // Of 128 to 256 KB the runtime's collector makes a heap that it cannot collect: it aborts, whatever the program does.
    [Theory]
    [InlineData("1000")]
    [InlineData("10000")]
    [InlineData("40000")]
    [InlineData("50000")]
    public void A_managed_heap_that_is_too_small_ends_the_program_with_one_line(string limit)
    {
        (int code, string output) = PublishedNode.RunToEnd(["env", "DOTNET_GCHeapHardLimit=" + limit], ["serve", "--port", "0"]);
        Assert.Equal((78, 1), (code, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
    }
}
