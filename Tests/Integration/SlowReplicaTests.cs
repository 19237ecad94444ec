using System;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A replica that takes its snapshot slowly does not hold up for long what is due for the disk.</summary>
public sealed class SlowReplicaTests : IDisposable
{
    private const int Values = 24;
    private const int ValueBytes = 1_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("aof_rewrites", "1", "BGREWRITEAOF")]
    [InlineData("aof_rewrites", "1", "CONFIG", "SET", "auto-aof-rewrite-min-size", "1mb")]
    [InlineData("rdb_saves", "0", "BGSAVE", "SCHEDULE")]
    public void A_slow_snapshot_gives_way(string count, string isRewriteScheduled, params string[] command)
        => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        string value = new('v', ValueBytes);
        for (int i = 0; i < Values; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key" + (char)('a' + i), value));
        }

        Assert.Equal("+OK", client.Call("CONFIG", "SET", "repl-timeout", "2"));
        using Client reader = node.Connect(receiveBuffer: 4096);
        reader.Send("REPLCONF capa eof\r\nSYNC\r\n"u8);
        long taken = 0;
        bool stops = false;
        Task reading = NodeUnderTest.Aside(() => taken = Read(reader.Socket, () => Volatile.Read(ref stops)));
        NodeUnderTest.Until(() => client.Information("persistence", "current_save_keys_total") != "0");
        Assert.Equal("-ERR Background save already in progress", client.Call("BGSAVE"));
        Assert.StartsWith("+", client.Call(command), StringComparison.Ordinal);
        Assert.Equal(isRewriteScheduled, client.Information("persistence", "aof_rewrite_scheduled"));
        NodeUnderTest.Until(() => client.Information("persistence", count) == "1");
        Volatile.Write(ref stops, true);
        reading.Wait();
        Assert.InRange(taken, 1, (long)Values * ValueBytes);
    }, "--data", _folder["data"]);

    // About 600 KB a second: no limit ends it.
    private static long Read(Socket socket, Func<bool> stops)
    {
        byte[] buffer = new byte[32 * 1024];
        long taken = 0;
        try
        {
            for (int count = 1; count > 0 && !stops(); taken += count)
            {
                count = socket.Receive(buffer);
                _ = socket.Send("REPLCONF ACK 0\r\n"u8);
                Thread.Sleep(count / 600);
            }
        }
        catch (SocketException)
        {
            // The node has closed it.
        }

        return taken;
    }
}
