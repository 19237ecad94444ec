using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>A small file system that is full, and then is not. Needs root, as mount(8) does.</summary>
[Trait("Category", "Durability")]
[Trait("Needs", "Root")]
public sealed class FullDiskTests
{
    private const int Megabyte = 1 << 20;
    private const int ValueBytes = 20_000;

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void Writing_goes_on_when_there_is_room_again(string policy) => OnSmallDisk("6m", mount =>
    {
        string filler = Path.Combine(mount, "filler");
        File.WriteAllBytes(filler, new byte[3 * Megabyte]);
        Fill(Path.Combine(mount, "data"), policy, filler);
    });

    [Fact]
    public void A_file_system_that_is_full_already_is_warned_of() => OnSmallDisk("512k", mount =>
    {
        using PublishedNode node = new(["--port", "0", "--data", Path.Combine(mount, "data")]);
        node.AwaitLog(" bytes are free on its file system");
        Assert.Equal(0, node.Stop());
    });

    private static void OnSmallDisk(string size, Action<string> body)
    {
        using TemporaryFolder folder = new();
        string mount = folder["mount"];
        _ = Directory.CreateDirectory(mount);
        bool isMounted = folder.Run("mount", "-t", "tmpfs", "-o", "size=" + size, "epollsrv-test", mount);
        Assert.True(isMounted, "a file system cannot be mounted: this needs root");
        try
        {
            body(mount);
        }
        finally
        {
            Assert.True(folder.Run("umount", "-l", mount));
        }
    }

    private static void Fill(string data, string policy, string filler)
    {
        List<string> options = ["--port", "0", "--workers", "2", "--data", data, "--fsync", policy, "--data-rewrite-percentage", "0"];
        Dictionary<string, string> acknowledged = [];
        using (PublishedNode node = new(options))
        {
            RespClient client = new(node);
            int refused = 0;
            for (int i = 0; i < 1000 && refused < 20; i++)
            {
                string? reply = Set(ref client, node, i, acknowledged);
                if (reply is not null && reply != "+OK")
                {
                    Assert.Equal("-MISCONF Errors writing to the AOF file: No space left on device", reply);
                    refused++;
                }

                if (refused > 0 && acknowledged.Count > 0)
                {
                    // Reads go on.
                    Assert.Equal(acknowledged["0"], client.Value("GET", "0"));
                }
            }

            Assert.Equal(20, refused);
            Assert.Contains("aof_last_write_status:err", client.Value("INFO", "persistence"), StringComparison.Ordinal);

            File.Delete(filler);
            long deadline = Environment.TickCount64 + 10_000;
            int number = 2000;
            while (Set(ref client, node, number++, acknowledged) != "+OK")
            {
                Assert.True(Environment.TickCount64 < deadline, "writing does not go on by itself:\n" + node.LogText);
                Thread.Sleep(50);
            }

            for (int i = 0; i < 10; i++)
            {
                Assert.Equal("+OK", Set(ref client, node, number++, acknowledged));
            }

            Assert.Contains("aof_last_write_status:ok", client.Value("INFO", "persistence"), StringComparison.Ordinal);
            client.Dispose();
            node.Signal("KILL");
            _ = node.WaitForExit();
        }

        using PublishedNode again = new(options);
        using RespClient reader = new(again);
        foreach ((string key, string value) in acknowledged)
        {
            if (reader.Value("GET", key) != value)
            {
                throw new XunitException("key " + key + " was acknowledged and is not there");
            }
        }
    }

    // Null: the node has ended the connection, because nobody knows whether the value is on the disk.
    private static string? Set(ref RespClient client, PublishedNode node, int number, Dictionary<string, string> acknowledged)
    {
        string key = number.ToString(CultureInfo.InvariantCulture);
        string value = key + new string('x', ValueBytes);
        try
        {
            string reply = client.Call("SET", key, value);
            if (reply == "+OK")
            {
                acknowledged[key] = value;
            }

            return reply;
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            client.Dispose();
            client = new RespClient(node);
            return null;
        }
    }
}
