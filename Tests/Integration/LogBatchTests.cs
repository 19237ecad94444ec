using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Clients whose commands arrive together share one block of the log, and each of them gets its own replies.</summary>
public sealed class LogBatchTests : IDisposable
{
    private const int Clients = 16;

    private readonly TemporaryFolder _folder = new();
    private readonly List<RespClient> _clients = [];

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _folder.Dispose();
    }

    [Fact]
    public void Clients_that_write_at_once_share_a_block()
    {
        using PublishedNode node = Start("--dispatch", "adaptive");
        int before = Blocks();
        WhileStopped(node, client => _clients[client].Send("SET", "key" + client, "value"));
        Assert.All(_clients, client => Assert.Equal("+OK", client.Line()));

        // Helpers of the loop may have taken some of them.
        Assert.InRange(Blocks() - before, 1, Clients / 2);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(12_000)] // more than half of what a thread has room for
    [InlineData(60_000)]
    public void Each_gets_its_own_replies(int length)
    {
        using PublishedNode node = Start("--dispatch", "adaptive");
        WhileStopped(node, client =>
        {
            string value = Value(client, length);
            _clients[client].Client.Send(
                [.. RespClient.Request("SET", "key" + client, value), .. RespClient.Request("GET", "key" + client),
                    .. RespClient.Request("STRLEN", "key" + client), .. RespClient.Request("APPEND", "key" + client, "end")]);
        });
        for (int i = 0; i < Clients; i++)
        {
            Assert.Equal("+OK", _clients[i].Line());
            Assert.Equal(Value(i, length), _clients[i].Bulk());
            Assert.Equal(":" + length, _clients[i].Line());
            Assert.Equal(":" + (length + 3), _clients[i].Line());
        }

        Assert.All(Enumerable.Range(0, Clients), i => Assert.Equal(Value(i, length) + "end", _clients[^(i + 1)].Value("GET", "key" + i)));
    }

    [Fact]
    public void Who_is_closed_by_another_of_the_batch_ends_and_the_others_go_on()
    {
        using PublishedNode node = Start("--dispatch", "adaptive");
        string first = _clients[0].Call("CLIENT", "ID")[1..];
        WhileStopped(node, client =>
        {
            if (client == Clients / 2)
            {
                _clients[client].Client.Send(
                    [.. RespClient.Request("SET", "last", "1"), .. RespClient.Request("CLIENT", "KILL", "ID", first)]);
            }
            else
            {
                _clients[client].Client.Send([.. RespClient.Request("SET", "key" + client, "1"), .. RespClient.Request("INCR", "sum")]);
            }
        });
        for (int i = 1; i < Clients; i++)
        {
            Assert.Equal("+OK", _clients[i].Line());
            Assert.StartsWith(":", _clients[i].Line(), StringComparison.Ordinal);
        }

        int sum = int.Parse(_clients[1].Value("GET", "sum")!, CultureInfo.InvariantCulture);
        Assert.InRange(sum, Clients - 2, Clients - 1);
    }

    private static string Value(int client, int length) => new((char)('a' + client), length);

    private PublishedNode Start(params string[] options)
    {
        PublishedNode node = new(["--data", _folder["data"], "--port", "0", .. options]);
        for (int i = 0; i < Clients; i++)
        {
            _clients.Add(new RespClient(node));
            Assert.Equal("+PONG", _clients[i].Call("PING"));
        }

        return node;
    }

    // All requests have arrived when the node goes on.
    private static void WhileStopped(PublishedNode node, Action<int> send)
    {
        node.Signal("STOP");
        try
        {
            for (int i = 0; i < Clients; i++)
            {
                send(i);
            }
        }
        finally
        {
            node.Signal("CONT");
        }
    }

    private int Blocks()
    {
        string log = Directory.GetFiles(Path.Combine(_folder["data"], "appendonlydir"), "*.incr.aof").Single();
        using FileStream file = new(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file, Encoding.Latin1);
        return reader.ReadToEnd().Split("#HDR:").Length - 1;
    }
}
