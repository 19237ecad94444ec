using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Http;
using System.Threading;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// A confined node does what needs system calls that are seldom made. scripts/sandbox-test.sh runs this under strace: a call of
/// Native/Sandbox/calls.h that is not made here is not needed, or is marked there.
/// </summary>
public sealed class SandboxCallTests
{
    private const int Megabyte = 1 << 20;

    [SandboxFact]
    public void A_confined_node_does_all_that_a_node_does()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["share"]);
        File.WriteAllBytes(folder["share/file"], new byte[3 * Megabyte]);
        List<string> options = ["--port", "0", "--workers", "2", "--data", folder["data"], "--share", folder["share"], "--bind",
            "127.0.0.1,unix:" + folder["socket"], "--sandbox", "require"];
        using (PublishedNode node = new(options))
        {
            using RespClient client = new(node);
            Report(node, client);
            Serve(node, folder);
            Follow(node, client);
            Grow(client);
            Assert.Equal("+OK", client.Call("SAVE"));
            Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
            node.AwaitLog("the log was written anew");
            RemoveLog(node, folder);
            Assert.Equal(0, node.Stop());
        }

        using PublishedNode next = new(options);
        using RespClient reader = new(next);
        Assert.Equal(":1", reader.Call("EXISTS", "long"));
        Assert.Equal(0, next.Stop());
    }

    private static void Report(PublishedNode node, RespClient client)
    {
        Assert.Contains("executable:" + PublishedNode.Program, client.Value("INFO", "EVERYTHING"), StringComparison.Ordinal);
        Assert.StartsWith("-", client.Call("CONFIG", "SET", "dir", "/tmp"), StringComparison.Ordinal);
        Assert.NotEmpty(Get(node, "/metrics"));
    }

    // A file that is fetched, and one that appears.
    private static void Serve(PublishedNode node, TemporaryFolder folder)
    {
        Assert.Equal(3 * Megabyte, Get(node, "/files/file").Length);
        File.WriteAllText(folder["share/second"], "text");
        NodeUnderTest.Until(() => Get(node, "/files/").AsSpan().IndexOf("second"u8) >= 0);
    }

    private static void Grow(RespClient client)
    {
        for (int size = Megabyte; size <= 32 * Megabyte; size *= 2)
        {
            Assert.StartsWith(":", client.Call("SETRANGE", "long", (size - 1).ToString(CultureInfo.InvariantCulture), "x"),
                StringComparison.Ordinal);
            Assert.StartsWith(":", client.Call("APPEND", "appended", new string('x', Megabyte)), StringComparison.Ordinal);
        }
    }

    // The name is in no hosts file: name servers are asked, if this machine has any.
    private static void Follow(PublishedNode node, RespClient client)
    {
        Assert.StartsWith("+OK", client.Call("REPLICAOF", "epollsrv-test.invalid", "6379"), StringComparison.Ordinal);
        node.AwaitLog("link to the master");
        Assert.StartsWith("+OK", client.Call("REPLICAOF", "localhost", "1"), StringComparison.Ordinal);
        node.AwaitLog("link to the master localhost:1");
        using (PublishedNode master = new(["--port", "0"]))
        {
            using RespClient writer = new(master);
            Assert.Equal("+OK", writer.Call("SET", "key", "value"));
            Assert.StartsWith("+OK", client.Call("REPLICAOF", "127.0.0.1", master.Port.ToString(CultureInfo.InvariantCulture)),
                StringComparison.Ordinal);
            NodeUnderTest.Until(() => client.Information("replication", "master_link_status") == "up");
        }

        Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal(":1", client.Call("DBSIZE"));
        Assert.Contains("laddr=", client.Value("CLIENT", "INFO"), StringComparison.Ordinal);
    }

    private static void RemoveLog(PublishedNode node, TemporaryFolder folder)
    {
        NodeUnderTest.Until(() => folder.Run("rm", "-rf", folder["data/appendonlydir"], folder["data/epollsrv.lock"]));
        NodeUnderTest.Until(() =>
        {
            _ = Write(node);
            return node.LogText.Contains("the log does not find its file", StringComparison.Ordinal);
        });
        NodeUnderTest.Until(() => Write(node) == "+OK");
    }

    // When the log fails, the node closes the connections whose replies wait for it: one for each write.
    private static string? Write(PublishedNode node)
    {
        try
        {
            using RespClient client = new(node);
            return client.Call("SET", "key", "value");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static byte[] Get(PublishedNode node, string path)
    {
        using HttpClient http = new();
        using HttpResponseMessage response = http.Send(new HttpRequestMessage(HttpMethod.Get, "http://" + node.Address + path));
        using MemoryStream content = new();
        response.Content.ReadAsStream(CancellationToken.None).CopyTo(content);
        return content.ToArray();
    }
}
