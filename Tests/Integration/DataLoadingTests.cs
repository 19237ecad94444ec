using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What a node says while it loads its directory, and about one that it cannot load.</summary>
public sealed class DataLoadingTests : IDisposable
{
    private const int Configuration = 78;

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string LogFolder => Path.Combine(Data, "appendonlydir");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damage_in_the_middle_is_refused_with_file_and_offset()
    {
        using (PublishedNode node = Start("--fsync", "always"))
        {
            using RespClient client = new(node);
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal("+OK", client.Call("SET", "key" + i, "value"));
            }

            Stop(node);
        }

        string path = Path.Combine(LogFolder, "appendonly.aof.1.incr.aof");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", Data);
        Assert.Equal(Configuration, code);
        Assert.Contains(path, output, StringComparison.Ordinal);
        Assert.Contains("offset", output, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_base_that_is_missing_or_empty_is_not_taken_for_no_keys()
    {
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "key", "value"));
            Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
            NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "1");
            Stop(node);
        }

        string path = Path.Combine(LogFolder, "appendonly.aof.1.base.rdb");
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        Refused("no such file or directory");
        File.WriteAllText(path, string.Empty);
        Refused("this is no RDB file");
        File.WriteAllBytes(path, bytes[..^1]);
        Refused(path);
        File.WriteAllBytes(path, bytes);
        using PublishedNode again = Start();
        using RespClient reader = new(again);
        Assert.Equal("value", reader.Value("GET", "key"));
        Stop(again);

        void Refused(string reason)
        {
            (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", Data);
            Assert.Equal(Configuration, code);
            Assert.Contains(reason, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void While_loading_clients_are_told_so()
    {
        const int count = 600_000;
        _ = Directory.CreateDirectory(LogFolder);
        StringBuilder log = new();
        for (int i = 0; i < count; i++)
        {
            _ = log.Append(CultureInfo.InvariantCulture, $"*3\r\n$3\r\nSET\r\n$8\r\n{i:D8}\r\n$1\r\n1\r\n");
        }

        File.WriteAllText(Path.Combine(LogFolder, "appendonly.aof.1.incr.aof"), log.ToString());
        File.WriteAllText(Path.Combine(LogFolder, "appendonly.aof.manifest"), "file appendonly.aof.1.incr.aof seq 1 type i\n");

        // By its socket's name the node can be reached before it says that it is ready.
        string socket = _folder["socket"];
        using PublishedNode node = PublishedNode.StartOnly("serve", "--port", "0", "--bind", "127.0.0.1,unix:" + socket, "--data", Data);
        List<string> replies = [];
        NodeUnderTest.Until(() =>
        {
            using System.Net.Sockets.Socket client = new(
                System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
            try
            {
                client.Connect(new System.Net.Sockets.UnixDomainSocketEndPoint(socket));
            }
            catch (System.Net.Sockets.SocketException) when (replies.Count == 0)
            {
                // Its file is not there yet, or is, and nobody listens yet.
                return false;
            }

            // What may be set meanwhile must not end it.
            _ = client.Send("CONFIG SET stop-writes-on-bgsave-error no\r\nDBSIZE\r\n"u8);
            byte[] reply = new byte[100];
            int length = 0;
            while (Encoding.ASCII.GetString(reply, 0, length).Split("\r\n").Length < 3)
            {
                int count = client.Receive(reply.AsSpan(length));
                Assert.NotEqual(0, count);
                length += count;
            }

            string text = Encoding.ASCII.GetString(reply, 0, length);
            Assert.StartsWith("+OK\r\n", text, StringComparison.Ordinal);
            replies.Add(text[5..]);
            return replies[^1].StartsWith(':');
        });
        Assert.Equal(":" + count.ToString(CultureInfo.InvariantCulture) + "\r\n", replies[^1]);
        Assert.Contains("-LOADING Redis is loading the dataset in memory\r\n", replies);
        Assert.Equal(0, node.Stop());
    }

    private static void Stop(PublishedNode node) => Assert.Equal(0, node.Stop());

    private PublishedNode Start(params string[] options) => new(["--port", "0", "--data", Data, .. options]);
}
