using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The ring's commands as processes, against processes of ours and fake C nodes.</summary>
public sealed class RingCommandTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(13)]
    public void Put_get_append_and_del_work_from_the_command_line(int mixture)
    {
        using RingProcesses ring = new(mixture);
        _ = ring.Run(0, "put", "key", "one");
        _ = ring.Run(0, "put", "key", "two");
        Assert.Equal("two", ring.Get("key"));
        _ = ring.Run(0, "put", "--append", "key", "three");
        Assert.Equal("two three", ring.Get("key"));
        _ = ring.Run(0, "del", "key");
        Assert.Equal("epollsrv: key: not found\n", ring.Run(1, "del", "key").Errors);
        Assert.Equal("epollsrv: key: not found\n", ring.Run(1, "get", "key").Errors);
        _ = ring.Run(0, "put", "empty", string.Empty);
        Assert.Equal(string.Empty, ring.Get("empty"));
    }

    [Fact]
    public void A_value_comes_from_standard_input_byte_for_byte()
    {
        using RingProcesses ring = new(0);
        byte[] value = new byte[255];
        new Random(5).NextBytes(value);
        using (RingProcess put = new(ring.Folder, "put", "bytes", "--conf", ring.Conf))
        {
            put.Input.BaseStream.Write(value);
            put.Input.Close();
            put.WaitForExit();
            Assert.Equal(0, put.ExitCode);
        }

        Assert.Equal(Encoding.Latin1.GetString(value), ring.Get("bytes"));
    }

    [Theory]
    [InlineData(64, "put", "key")]
    [InlineData(64, "get")]
    [InlineData(64, "get", "a", "b")]
    [InlineData(64, "get", "key", "--timeout", "soon")]
    [InlineData(64, "fetch", "../x")]
    [InlineData(64, "fetch", "x", "--peer", "-2")]
    [InlineData(64, "ping", "--id", "2")]
    [InlineData(64, "get", "key", "--server", "1.2.3.4:x")]
    [InlineData(64, "get", "key", "--server", "127.0.0.1", "--conf", "server.conf")]
    [InlineData(69, "get", "key", "--server", "127.0.0.1:1")]
    [InlineData(69, "put", "key", "value", "--server", "127.0.0.1:1")]
    [InlineData(69, "nodes", "--server", "127.0.0.1:1")]
    [InlineData(69, "ping", "--server", "127.0.0.1:1")]
    [InlineData(69, "perf", "--server", "127.0.0.1:1")]
    [InlineData(78, "get", "key", "--conf", "/nowhere/server.conf")]
    public void Exit_codes(int code, params string[] arguments)
    {
        if (arguments is ["put", "key"])
        {
            arguments = ["put", "key", new string('v', 256)];
        }

        RingProcess process = RingProcess.Run(code, Path.GetTempPath(), arguments);
        Assert.True(process.Errors.Length > 0 || arguments[0] is "nodes" or "ping");
        Assert.DoesNotContain("   at ", process.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void After_kill_9_the_replica_answers_and_a_restarted_owner_is_repaired(int mixture)
    {
        using RingProcesses ring = new(mixture);
        int owner = -1;
        string key = string.Empty;
        for (int i = 0; owner < 0; i++)
        {
            key = "key" + i;
            owner = (mixture >> RingProcesses.OwnerOf(key) & 1) == 0 ? RingProcesses.OwnerOf(key) : -1;
        }

        _ = ring.Run(0, "put", key, "value");
        ring.Process(owner).Kill();
        RingProcess get = ring.Run(0, "get", key);
        Assert.Equal("value", get.Output);
        Assert.Equal("epollsrv: " + ring.Nodes[owner].Name + ": refused; using its replica, node " + (((owner + 1) % 4) + 1) + "\n",
            get.Errors);
        string nodes = ring.Run(1, "nodes").Output;
        Assert.Contains("refused", nodes, StringComparison.Ordinal);
        ring.Start(owner);
        ring.Process(owner).WaitFor("ready on ");
        Assert.Equal("value", ring.Get(key));
        Assert.Equal("value", RingProcess.Run(0, ring.Folder, "get", key, "--server", ring.Nodes[owner].Endpoint).Output);
    }

    [Fact]
    public void No_client_hangs_while_a_node_is_killed()
    {
        using RingProcesses ring = new(0);
        const long Timeout = Patience.Milliseconds * 1_000_000L;
        int[] rounds = new int[4];
        bool stop = false;
        List<Beside> clients = [];
        for (int i = 0; i < rounds.Length; i++)
        {
            int number = i;
            clients.Add(new Beside(() =>
            {
                using RingClient client = new(ring.Nodes, Timeout, null);
                RingOperation operation = new();
                for (; !Volatile.Read(ref stop); Volatile.Write(ref rounds[number], rounds[number] + 1))
                {
                    byte[] key = Encoding.ASCII.GetBytes("k" + number + "-" + (rounds[number] % 50));
                    RingResult put = client.Run(operation.Set(RingVerb.Replace, key, key));
                    RingResult get = client.Run(operation.Set(RingVerb.Get, key));
                    if (put != RingResult.Done || get != RingResult.Done || !operation.Value.SequenceEqual(key))
                    {
                        return put + ", " + get + ": " + operation.Failure;
                    }
                }

                return null;
            }));
        }

        void AllGoOn()
        {
            int[] before = [.. rounds];
            NodeUnderTest.Until(() => clients.TrueForAll(client => client.IsOver)
                || !rounds.Where((round, i) => round < before[i] + 100).Any(), "every client goes on");
        }

        AllGoOn();
        ring.Process(2).Kill();
        AllGoOn();
        Volatile.Write(ref stop, true);
        clients.ForEach(client => client.Check());
    }

    [Fact]
    public void Fetch_tries_the_next_peer_and_leaves_nothing_half_done()
    {
        using RingProcesses ring = new(15);
        byte[] content = new byte[70_000];
        new Random(3).NextBytes(content);
        ring.Original(1).Files["data"] = content;
        ring.Original(2).Files["data"] = content;
        ring.Original(2).Cut = true;
        string list = "127.0.0.1 1 127.0.0.1 " + ring.Nodes[2].Port + " 127.0.0.1 " + ring.Nodes[1].Port + "\n";
        _ = ring.Run(0, "put", "data", list);
        RingProcess fetch = ring.Run(0, "fetch", "data");
        Assert.Contains("127.0.0.1:1: refused\n", fetch.Errors, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(ring.Folder, "data")));
        File.Delete(Path.Combine(ring.Folder, "data"));
        _ = ring.Run(1, "fetch", "data", "--peer", "0");
        _ = ring.Run(1, "fetch", "data", "--peer", "1", "-o", "other");
        _ = ring.Run(1, "fetch", "data", "--peer", "3");
        Assert.Equal("server.conf", Path.GetFileName(Assert.Single(Directory.GetFiles(ring.Folder))));
        Assert.Equal(Encoding.Latin1.GetString(content), ring.Run(0, "fetch", "data", "--peer", "2", "-o", "-").Output);
        Assert.Contains("not found", ring.Run(1, "fetch", "nothing").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_lists_what_is_registered_at_all_nodes()
    {
        using RingProcesses ring = new(4);
        for (int i = 0; i < 40; i++)
        {
            File.WriteAllText(Path.Combine(ring.Shared, "file " + i + (i == 7 ? new string('x', 200) : string.Empty)), "x");
        }

        Assert.Equal(string.Empty, ring.Run(0, "files").Output);
        _ = ring.Run(0, "register", "shared", "--id", "1");
        _ = ring.Run(0, "register", "shared", "--announce", "10.0.0.9:50001");
        string[] lines = ring.Run(0, "files").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(40, lines.Length);
        Assert.All(lines, line => Assert.EndsWith(" 127.0.0.1 " + ring.Nodes[0].Port + ", 10.0.0.9 50001", line, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("file 39  ", StringComparison.Ordinal));
        Assert.Matches("^1 .* [0-9]+ +[1-9][0-9]*$", ring.Run(0, "nodes").Output.Split('\n')[1]);
    }

    [Fact]
    public void Perf_measures_each_part_by_itself()
    {
        using RingProcesses ring = new(0, without: 1);
        File.WriteAllText(Path.Combine(ring.Shared, "file"), "content");
        using RingProcess node = new(ring.Folder, "1", ring.Conf, "shared/", "127.0.0.1");
        node.WaitFor("(1-4)\t");
        node.Input.Write("1\n");
        node.Input.Flush();
        NodeUnderTest.Until(() => node.Output.Split("Put operation successful").Length == 3);
        string json = ring.Run(0, "perf", "file", "--rounds", "50", "--json").Output;
        System.Text.Json.JsonElement root = System.Text.Json.JsonDocument.Parse(json).RootElement;
        foreach (string phase in new[] { "register", "search", "obtain" })
        {
            Assert.Equal(50, root.GetProperty(phase).GetProperty("rounds").GetInt32());
            Assert.True(root.GetProperty(phase).GetProperty("mean_ms").GetDouble() > 0);
        }

        Assert.Contains("no peer sends the file", ring.Run(1, "perf", "nothing", "--rounds", "5").Output, StringComparison.Ordinal);
        Assert.Equal("127.0.0.1 " + ring.Nodes[0].Port + "\n", ring.Get("file"));
    }

    [Fact]
    public void Nodes_and_ping_tell_ours_from_C_nodes()
    {
        using RingProcesses ring = new(2);
        string[] lines = ring.Run(0, "nodes").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.Matches("^1 +127.0.0.1:[0-9]+ +epollsrv [0-9.]+ +[0-9.]+ ms +0 +0$", lines[1]);
        Assert.Matches("^2 +127.0.0.1:[0-9]+ +original C program +[0-9.]+ ms +[?] +[?]$", lines[2]);
        System.Text.Json.JsonElement root = System.Text.Json.JsonDocument.Parse(ring.Run(0, "nodes", "--json").Output).RootElement;
        Assert.Equal(4, root.GetArrayLength());
        Assert.Equal(4, ring.Run(0, "ping").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Single(ring.Run(0, "ping", "--id", "2").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Register_names_a_folders_files_for_a_node()
    {
        using RingProcesses ring = new(8);
        for (int i = 0; i < 20; i++)
        {
            File.WriteAllText(Path.Combine(ring.Shared, "file" + i), "x");
        }

        Assert.Contains("say which one it is with --id N", ring.Run(64, "register", "shared").Errors, StringComparison.Ordinal);
        Assert.Equal("20 of 20 files registered at " + ring.Nodes[2].Endpoint + "\n",
            ring.Run(0, "register", "shared", "--id", "3").Output);
        _ = ring.Run(0, "register", "shared", "--announce", "10.0.0.9:50001");
        _ = ring.Run(0, "register", "shared", "--announce", "10.0.0.9:50001");
        Assert.Equal("127.0.0.1 " + ring.Nodes[2].Port + "\n 10.0.0.9 50001\n", ring.Get("file7"));
        Assert.StartsWith("20 of 20 files withdrawn", ring.Run(0, "register", "shared", "--withdraw", "--id", "3").Output,
            StringComparison.Ordinal);
        Assert.Equal("10.0.0.9 50001\n", ring.Get("file7"));
        Assert.Contains("no such file or directory", ring.Run(1, "register", "nowhere", "--id", "1").Errors, StringComparison.Ordinal);
    }
}
