using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading;

using Epollsrv.Commands;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>`epollsrv-bench` as a program: against a node, against servers that misbehave, and its exit codes.</summary>
[Collection(LoadCollection.Name)]
public sealed class BenchCommandTests
{
    private const string Ok = "+OK\r\n";

    [Theory]
    [InlineData("cs", "1", "1")]
    [InlineData("cs", "16", "2")]
    [InlineData("resp", "1", "1")]
    [InlineData("resp", "64", "2")]
    public void A_node_answers_every_request_with_the_value_that_was_stored(string protocol, string pipeline, string threads)
    {
        using RingProcess node = StartNode(out string address);
        string json = RunJson(
            "--server", address, "--protocol", protocol, "-P", pipeline, "-t", threads, "-c", "8", "-k", "500", "-n", "20000",
            "--preload", "--distribution", "zipf");
        Assert.Equal(20_000, Number(json, "requests"));
        Assert.Equal(0, Number(json, "errors"));
        Assert.Equal(0, Number(json, "misses"));
        Assert.InRange(Number(json, "p50_us"), 1, 1_000_000);
        Assert.True(Number(json, "p50_us") <= Number(json, "p99_us") && Number(json, "p99_us") <= Number(json, "max_us"), json);
    }

    [Fact]
    public void Large_values_come_back_whole()
    {
        using RingProcess node = StartNode(out string address);
        string json = RunJson(
            "--server", address, "-P", "4", "-c", "3", "-k", "20", "-n", "400", "--value-size", "256kb", "--reads", "0.5", "--preload");
        Assert.Equal(400, Number(json, "requests"));
        Assert.Equal(0, Number(json, "errors"));
    }

    [Fact]
    public void Keys_never_written_are_misses_and_no_errors()
    {
        using RingProcess node = StartNode(out string address);
        string json = RunJson("--server", address, "-n", "1000", "--reads", "1");
        Assert.Equal(1000, Number(json, "misses"));
        Assert.Equal(0, Number(json, "errors"));
    }

    [Fact]
    public void Connections_are_opened_anew_when_asked()
    {
        using BenchTestServer server = new(_ => Ok);
        string json = RunJson("--server", server.Address, "-n", "100", "-c", "4", "--reads", "0", "--reconnect", "5");
        Assert.Equal(100, Number(json, "requests"));
        Assert.InRange(server.Connections, 20, 28);
    }

    [Fact]
    public void The_process_of_the_server_is_measured()
    {
        using RingProcess node = StartNode(out string address);
        string json = RunJson("--server", address, "--protocol", "cs", "--duration", "500ms", "--warmup", "100ms",
            "--pid", node.Id.ToString(CultureInfo.InvariantCulture));
        Assert.InRange(Number(json, "server_user_us") + Number(json, "server_system_us"), 0.1, 10_000);
        Assert.InRange(Number(json, "server_resident_bytes"), 500_000, 200_000_000);
        if (!json.Contains("\"server_system_calls\":null", StringComparison.Ordinal))
        {
            // A receive and a send, and waits shared by several requests or not. Not where tracing is forbidden: then it says null.
            Assert.InRange(Number(json, "server_system_calls"), 1, 8);
        }
    }

    [Fact]
    public void A_stall_counts_for_every_request_that_was_due_meanwhile()
    {
        // 500 requests per second; after 250 of them the server is silent for 500 ms, with a gate that holds all connections.
        Lock gate = new();
        using BenchTestServer server = new(number =>
        {
            lock (gate)
            {
                if (number == 250)
                {
                    Thread.Sleep(500);
                }
            }

            return Ok;
        });
        string json = RunJson(
            "--server", server.Address, "--rate", "500", "-c", "4", "--reads", "0", "--duration", "2s", "--warmup", "off");

        // About 250 of 1,000 were due during the stall and waited 0 to 500 ms: a quarter of all, a fifth longer than 100 ms.
        Assert.InRange(Number(json, "requests"), 500, 1020);
        Assert.InRange(Number(json, "p90_us"), 200_000, Patience.Milliseconds * 1000.0);
        Assert.InRange(Number(json, "max_us"), 450_000, Patience.Milliseconds * 1000.0);
    }

    [Fact]
    public void A_closed_loop_sees_the_same_stall_only_on_the_requests_in_flight()
    {
        Lock gate = new();
        using BenchTestServer server = new(number =>
        {
            lock (gate)
            {
                if (number == 250)
                {
                    Thread.Sleep(5000);
                }
            }

            return Ok;
        });
        string json = RunJson("--server", server.Address, "-c", "4", "--reads", "0", "-n", "1000");
        Assert.InRange(Number(json, "p90_us"), 1, 2_500_000);
        Assert.InRange(Number(json, "max_us"), 4_500_000, Patience.Milliseconds * 1000.0);
    }

    [Fact]
    public void A_stall_until_the_end_is_not_forgotten()
    {
        using BenchTestServer server = new(number =>
        {
            Thread.Sleep(number < 5 ? 0 : 30_000);
            return Ok;
        });
        string json = RunJson("--server", server.Address, "-c", "1", "--reads", "0", "--duration", "6s", "--warmup", "off");
        Assert.Equal(1, Number(json, "unanswered"));
        Assert.InRange(Number(json, "max_us"), 500_000, Patience.Milliseconds * 1000.0);
    }

    [Fact]
    public void Errors_are_counted_the_first_is_shown_and_the_exit_code_is_1()
    {
        using BenchTestServer server = new(number => number == 5 ? "-ERR out of biscuits\r\n" : Ok);
        (int code, string output, string error) = Bench(["--server", server.Address, "-n", "100", "--reads", "0"]);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Matches("errors +1, the first: \"-ERR out of biscuits\"", output);
        Assert.Contains("out of biscuits", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_closes_ends_the_run_with_69()
    {
        using BenchTestServer server = new(number => number < 50 ? Ok : null);
        (int code, _, string error) = Bench(["--server", server.Address, "-n", "1000", "--reads", "0"]);
        Assert.Equal(ExitCode.Unreachable, code);
        Assert.Matches("^epollsrv-bench: 127.0.0.1:[0-9]+: (closed a connection|connection reset)", error);
    }

    [Fact]
    public void A_server_that_never_answers_ends_the_run_with_69()
    {
        using BenchTestServer server = new(_ => string.Empty);
        (int code, _, string error) = Bench(["--server", server.Address, "-n", "10", "--timeout", "300ms"]);
        Assert.Equal(ExitCode.Unreachable, code);
        Assert.Contains("no answer for 300ms", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_that_is_refused_ends_the_run_with_78_and_is_named()
    {
        using BenchTestServer server = new(_ => Ok);
        using Refusal refusal = new("epoll_create1", "PERM");
        (int code, _, string error) =
            Binary.RunProgram(refusal.Wrapper[0],
            [refusal.Wrapper[1], refusal.Wrapper[2], Binary.LoadGenerator, "--server", server.Address, "-n", "10"]);
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Matches("^epollsrv-bench: [^\n]*epoll_create1[^\n]*\n$", error);
    }

    [Fact]
    public void Nobody_there_ends_the_run_with_69()
    {
        using Socket free = new(SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        (int code, _, string error) = Bench(["--server", free.LocalEndPoint!.ToString()!]);
        Assert.Equal(ExitCode.Unreachable, code);
        Assert.Contains(": refused\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_of_another_protocol_is_not_understood()
    {
        using BenchTestServer server = new(_ => "HTTP/1.1 400 Bad Request\r\n\r\n");
        (int code, _, string error) = Bench(["--server", server.Address, "-n", "10"]);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("not an answer of this protocol: \"HTTP/1.1 400 Bad Request\"", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--reads", "2")]
    [InlineData("--theta", "x")]
    [InlineData("--pipeline", "2000")]
    [InlineData("--keys=100", "--key-size=1")]
    [InlineData("--protocol=cs", "--value-size=256")]
    [InlineData("--protocol=cs", "--password=x")]
    [InlineData("--rate=5", "--reconnect=1")]
    [InlineData("--pid", "0")]
    [InlineData("--server", "x:y")]
    [InlineData("extra", "argument")]
    public void Wrong_usage_ends_with_64(params string[] arguments) => Assert.Equal(ExitCode.Usage, Bench([.. arguments]).Code);

    [Fact]
    public void Options_come_from_the_environment_too()
    {
        using BenchTestServer server = new(_ => Ok);
        (int code, string output, _) =
            Bench([], "EPOLLSRV_SERVER=" + server.Address, "EPOLLSRV_REQUESTS=30", "EPOLLSRV_READS=0", "EPOLLSRV_JSON=yes");
        Assert.Equal(ExitCode.Success, code);
        Assert.Equal(30, Number(output, "requests"));
    }

    [Fact]
    public void A_row_for_every_second_is_written()
    {
        string file = Path.GetTempFileName();
        try
        {
            using BenchTestServer server = new(_ => Ok);
            (int code, _, _) = Bench(
                ["--server", server.Address, "--reads", "0", "-c", "2", "--rate", "200", "--duration", "2s", "--warmup", "off", "--csv",
                file]);
            string[] lines = File.ReadAllLines(file);
            Assert.Equal(ExitCode.Success, code);

            // A busy machine may be late for a row, and end later.
            Assert.InRange(lines.Length, 2, Patience.Milliseconds / 1000);
            Assert.StartsWith("second,requests_per_second,errors,", lines[0], StringComparison.Ordinal);
            Assert.All(lines[1..], static line => Assert.Matches("^[0-9]+\\.[0-9],[0-9]+,0,", line));
            Assert.InRange(double.Parse(lines[^1].Split(',')[0], CultureInfo.InvariantCulture), 2, Patience.Milliseconds / 1000);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_help_is_a_screen_of_80_columns()
    {
        (int code, string output, string error) = Bench(["--help"]);
        Assert.Equal((0, string.Empty), (code, error));
        Assert.StartsWith("Usage: epollsrv-bench [OPTION", output, StringComparison.Ordinal);
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.InRange(lines.Length, 20, 40);
    }

    [Fact]
    public void The_floor_server_answers_RESP()
    {
        using RingProcess floor = RingProcess.Start(Binary.LoadGenerator, "floor");
        floor.WaitFor("ready on ");
        string address = Regex.Match(floor.Errors, "ready on ([0-9.:]+)").Groups[1].Value;
        string json = RunJson("--server", address, "-n", "20000", "-P", "16", "-k", "100", "--preload");
        Assert.Equal(20_000, Number(json, "requests"));
        Assert.Equal(0, Number(json, "errors"));
        floor.Kill();
    }

    private static RingProcess StartNode(out string address)
    {
        RingProcess node = new(Path.GetTempPath(), "serve", "--port", "0");
        node.WaitFor("ready on ");
        address = Regex.Match(node.Errors, "ready on ([0-9.:]+)").Groups[1].Value;
        return node;
    }

    private static (int Code, string Output, string Error) Bench(string[] arguments, params string[] variables)
        => Binary.RunProgram(Binary.LoadGenerator, arguments, variables);

    private static string RunJson(params string[] arguments)
    {
        (int code, string output, string error) = Bench(["--json", .. arguments]);
        Assert.True(code == ExitCode.Success, code + ": " + error + output);
        return output;
    }

    private static double Number(string json, string name)
    {
        Match match = Regex.Match(json, "\"" + name + "\":(-?[0-9.]+)");
        Assert.True(match.Success, name + " in " + json);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
