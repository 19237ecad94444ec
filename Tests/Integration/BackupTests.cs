using System;
using System.Globalization;

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
    public void A_backup_arrives_and_the_connection_goes_on()
    {
        using InProcessNode node = Start();
        using RespClient client = new(node);
        Ask(client);

        // The bulk has no line end.
        int length = int.Parse(client.Line().AsSpan(1), CultureInfo.InvariantCulture);
        Assert.True(length > Values * ValueBytes);
        Assert.StartsWith("REDIS0009", client.Bytes(length), StringComparison.Ordinal);
        Assert.Equal("+PONG", client.Call("PING"));
    }

    [Fact]
    public void A_client_that_takes_a_backup_too_slowly_is_closed()
    {
        using InProcessNode node = Start();
        node.Node.Resp.Options.BackupRate = long.MaxValue;
        node.Node.Resp.Options.BackupGrace = 100;
        using RespClient client = new(node);
        Ask(client);
        NodeUnderTest.Until(() => node.Server.Connections.Open == 0);
        Assert.Contains("takes a backup too slowly", node.LogText, StringComparison.Ordinal);
    }

    private static void Ask(RespClient client)
    {
        Assert.Equal("+OK", client.Call("REPLCONF", "rdb-only", "1"));
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
