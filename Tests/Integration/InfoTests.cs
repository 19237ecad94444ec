using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>INFO, SLOWLOG and LATENCY HISTOGRAM: what clients, dashboards and exporters read.</summary>
[Collection(LoadCollection.Name)]
public sealed class InfoTests
{
    private const string Place = "adaptive edge";

    [Theory]
    [InlineData(Place)]
    [InlineData("published queue edge")]
    public void Fields_that_programs_read_are_there_and_right(string place)
        => NodeUnderTest.Run(place, node =>
        {
            using RespClient client = new(node);
            _ = client.Call("SET", "k", "v");
            _ = client.Call("SET", "e", "v", "PX", "100000");
            _ = client.Call("GET", "k");
            _ = client.Call("GET", "none");
            _ = client.Call("NOTHING");
            _ = client.Call("INCR", "k");
            Dictionary<string, string> info = Read(client, "everything");
            Assert.Equal("7.0.15", info["redis_version"]);
            Assert.Equal("standalone", info["redis_mode"]);
            Assert.Equal(BuildInfo.Version, info["epollsrv_version"]);
            Assert.Equal("64", info["arch_bits"]);
            Assert.Matches("^[0-9a-f]{40}$", info["run_id"]);
            Assert.Equal(node.Port.ToString(CultureInfo.InvariantCulture), info["tcp_port"]);
            Assert.Equal("1", info["connected_clients"]);
            Assert.Equal("master", info["role"]);
            Assert.Equal("0", info["loading"]);
            Assert.Equal("1", info["keyspace_hits"]);
            Assert.Equal("1", info["keyspace_misses"]);
            Assert.Equal("1", info["total_connections_received"]);
            Assert.Equal("6", info["total_commands_processed"]);
            Assert.Equal("2", info["total_error_replies"]);
            Assert.Equal("count=2", info["errorstat_ERR"]);
            Assert.Equal("noeviction", info["maxmemory_policy"]);
            Assert.Equal("0", info["cluster_enabled"]);
            Assert.StartsWith("calls=2,", info["cmdstat_set"], StringComparison.Ordinal);
            Assert.EndsWith("rejected_calls=0,failed_calls=1", info["cmdstat_incr"], StringComparison.Ordinal);
            Assert.Matches(@"^p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}$", info["latency_percentiles_usec_set"]);
            Assert.Matches("^keys=2,expires=1,avg_ttl=[0-9]+$", info["db0"]);
            foreach (string field in new[] { "used_memory", "used_memory_rss", "used_memory_peak", "total_net_input_bytes",
                "uptime_in_seconds", "maxclients", "process_id" })
            {
                Assert.True(long.Parse(info[field], CultureInfo.InvariantCulture) >= (field == "uptime_in_seconds" ? 0 : 1), field + " "
                    + info[field]);
            }

            foreach (string field in new[] { "used_cpu_sys", "used_cpu_user", "mem_fragmentation_ratio", "instantaneous_input_kbps" })
            {
                Assert.True(double.Parse(info[field], CultureInfo.InvariantCulture) >= 0, field);
            }
        });

    [Fact]
    public void Sections_are_chosen_by_name_and_keep_redis_order()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.StartsWith("# Server\r\n", client.Value("INFO"), StringComparison.Ordinal);
            Assert.DoesNotContain("# Commandstats", client.Value("INFO"), StringComparison.Ordinal);
            Assert.Equal("$0\r\n\r\n", client.Call("INFO", "nothing"));
            string two = client.Value("INFO", "KEYSPACE", "cpu")!;
            Assert.True(two.StartsWith("# CPU\r\n", StringComparison.Ordinal)
                && two.Contains("\r\n\r\n# Keyspace\r\n", StringComparison.Ordinal), two);
            List<string> titles = [];
            foreach (string line in client.Value("INFO", "all")!.Split("\r\n"))
            {
                if (line.StartsWith('#'))
                {
                    titles.Add(line[2..]);
                }
            }

            Assert.Equal("Server Clients Memory Persistence Stats Replication CPU Modules Commandstats Errorstats Latencystats Cluster Keyspace", string.Join(' ', titles));
            _ = client.Call("HELLO", "3");
            Assert.StartsWith("=", client.Call("INFO", "cpu"), StringComparison.Ordinal);
        });

    [Fact]
    public void Operations_a_second_are_counted_while_there_are_some()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            NodeUnderTest.Until(
                () =>
                {
                    // As long as what is shown is counted for, on a machine that may be slower the next moment.
                    Stopwatch watch = Stopwatch.StartNew();
                    int calls = 0;
                    while (watch.ElapsedMilliseconds < 2000)
                    {
                        _ = client.Call("PING");
                        calls++;
                    }

                    double rate = calls / watch.Elapsed.TotalSeconds;
                    long shown = long.Parse(Read(client, "stats")["instantaneous_ops_per_sec"], CultureInfo.InvariantCulture);
                    return shown > rate / 10 && shown < rate * 10;
                },
                "what is shown is near what was called");
            NodeUnderTest.Until(() =>
            {
                // Asking is an operation as well.
                Thread.Sleep(500);
                return long.Parse(Read(client, "stats")["instantaneous_ops_per_sec"], CultureInfo.InvariantCulture) <= 10;
            });
        });

    [Fact]
    public void Resetting_the_statistics_begins_anew()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            _ = client.Call("GET", "none");
            _ = client.Call("NOTHING");
            Assert.Equal("+OK", client.Call("CONFIG", "RESETSTAT"));
            Dictionary<string, string> info = Read(client, "all");
            Assert.Equal("0", info["keyspace_misses"]);
            Assert.Equal("0", info["total_connections_received"]);
            Assert.Equal("0", info["total_error_replies"]);
            Assert.False(info.ContainsKey("cmdstat_get"));
            Assert.False(info.ContainsKey("errorstat_ERR"));
            Assert.False(info.ContainsKey("latency_percentiles_usec_get"));
        });

    [Fact]
    public void Slow_commands_are_kept_with_their_arguments_cut_and_passwords_hidden()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);

                // Longer than a busy machine holds up a command.
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "slowlog-log-slower-than", "2000000"));
                Assert.Equal("+OK", client.Call("SLOWLOG", "RESET"));
                Assert.Equal("*0", client.Call("SLOWLOG", "GET"));
                Assert.Equal("+OK", client.Call("DEBUG", "SLEEP", "2.05"));
                Assert.Equal(":1", client.Call("SLOWLOG", "LEN"));
                string entry = client.Call("SLOWLOG", "GET");
                Assert.StartsWith("*1\r\n*6\r\n:0\r\n:", entry, StringComparison.Ordinal);
                Assert.Contains("*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$4\r\n2.05\r\n", entry, StringComparison.Ordinal);
                Assert.Contains("127.0.0.1:", entry, StringComparison.Ordinal);
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "4"));
                Assert.Equal("+OK", client.Call("SET", "k", new string('x', 200)));
                _ = client.Call("AUTH", "secret");
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "slowlog-log-slower-than", "-1"));
                string all = client.Call("SLOWLOG", "GET", "-1");
                Assert.Contains("$" + (128 + "... (72 more bytes)".Length) + "\r\n" + new string('x', 128) + "... (72 more bytes)\r\n", all,
                    StringComparison.Ordinal);
                Assert.Contains("(redacted)", all, StringComparison.Ordinal);
                Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
                Assert.StartsWith("*4\r\n", all, StringComparison.Ordinal);
                Assert.Equal("-ERR count should be greater than or equal to -1", client.Call("SLOWLOG", "GET", "-2"));
                Assert.Equal("+OK", client.Call("SLOWLOG", "RESET"));
                Assert.Equal(":0", client.Call("SLOWLOG", "LEN"));
            },
            "--enable-debug-command", "yes");

    [Fact]
    public void The_time_of_a_short_command_is_its_own()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            NodeUnderTest.Until(
                () =>
                {
                    Assert.Equal("+OK", client.Call("CONFIG", "RESETSTAT"));
                    long begin = node.Count(static counters => counters.BusyNanoseconds);
                    for (int i = 0; i < 3000; i++)
                    {
                        Assert.Equal("+PONG", client.Call("PING"));
                    }

                    // Nearly all of it is receiving, sending and being interrupted; now and then a command is what is interrupted.
                    long busy = node.Count(static counters => counters.BusyNanoseconds) - begin;
                    string[] fields = Read(client, "commandstats")["cmdstat_ping"].Split(',', '=');
                    Assert.Equal("3000", fields[1]);
                    return long.Parse(fields[3], CultureInfo.InvariantCulture) * 1000 < busy / 4;
                },
                "commands take less than a quarter of all");
        });

    [Fact]
    public void A_histogram_counts_every_call_of_a_command()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            for (int i = 0; i < 100; i++)
            {
                _ = client.Call("GET", "k");
            }

            // The last batch counts at the thread's next one; with two workers and the loop each has one.
            NodeUnderTest.Until(
                () =>
                {
                    _ = client.Call("PING");
                    string[] lines = client.Call("LATENCY", "HISTOGRAM", "get").Split("\r\n");
                    return lines.Length > 6 && lines[6] == ":100" && lines[^2] == ":100";
                },
                "all calls are counted");
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "latency-tracking", "no"));
            _ = client.Call("ECHO", "x");
            _ = client.Call("PING");
            Assert.Equal("*0", client.Call("LATENCY", "HISTOGRAM", "echo"));
        });

    private static Dictionary<string, string> Read(RespClient client, string section)
    {
        Dictionary<string, string> fields = [];
        foreach (string line in client.Value("INFO", section)!.Split("\r\n"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                Assert.True(fields.TryAdd(line[..colon], line[(colon + 1)..]), line);
            }
        }

        return fields;
    }
}
