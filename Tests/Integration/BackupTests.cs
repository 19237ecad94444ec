using System;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>SYNC, as `redis-cli --rdb` sends it.</summary>
public sealed class BackupTests : IDisposable
{
    private const int Values = 24;
    private const int ValueBytes = 1_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_backup_arrives_and_the_connection_ends()
    {
        using InProcessNode node = Start();
        using RespClient client = new(node);
        Ask(client);

        // An empty line each second until the snapshot begins.
        while (client.Bytes(1) != "$")
        {
        }

        string head = client.Line();
        Assert.StartsWith("EOF:", head, StringComparison.Ordinal);
        string mark = head["EOF:".Length..];
        Assert.StartsWith("REDIS0009", client.Bytes(Values * ValueBytes), StringComparison.Ordinal);
        StringBuilder tail = new();
        while (tail.Length < mark.Length || tail.ToString(tail.Length - mark.Length, mark.Length) != mark)
        {
            tail.Append(client.Bytes(1));
        }

        NodeUnderTest.Until(() => node.Server.Connections.Open == 0);
    }

    [Fact]
    public void A_client_that_takes_no_more_of_a_backup_is_closed()
    {
        using InProcessNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "repl-timeout", "1"));
        Ask(client);
        NodeUnderTest.Until(() => node.Server.Connections.Open == 0);
        node.AwaitLog("repl-timeout and is closed");
    }

    private static void Ask(RespClient client)
    {
        Assert.Equal("+OK", client.Call("REPLCONF", "rdb-only", "1"));
        Assert.Equal("+OK", client.Call("REPLCONF", "capa", "eof"));
        client.Send("SYNC");
    }

    private InProcessNode Start()
    {
        InProcessNode node = new(["--port", "0", "--workers", "2", "--data", _folder["data"]]);
        using RespClient client = new(node);
        for (int i = 0; i < Values; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key" + i, new string((char)('a' + i), ValueBytes)));
        }

        return node;
    }
}
