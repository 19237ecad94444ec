using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using Epollsrv.Native;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>A node whose disk fails once or for a while: what clients see of it, and what is on the disk afterwards.</summary>
/// <param name="disk">The disk.</param>
/// <param name="error">What it fails with.</param>
/// <param name="policy">--fsync.</param>
/// <param name="switches">Whether the log is turned off, replaced by a snapshot and turned on instead of being written anew.</param>
/// <param name="seed">Of what is random.</param>
internal sealed class FaultScenario(FailingDisk disk, int error, string policy, bool switches, int seed)
{
    private const int Steps = 24;
    private const int FirstRewrite = 4;
    private const int Save = 11;
    private const int SecondRewrite = 17;

    private readonly Random _random = new(seed);
    private readonly Workload _load = new(1, 12);
    private RespClient? _client;

    /// <summary>Writes that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Connections that the node has ended.</summary>
    public int Lost { get; private set; }

    /// <summary>Runs it.</summary>
    public void Run()
    {
        using TemporaryFolder folder = new();
        List<string> options = ["--port", "0", "--workers", "2", "--data", folder["data"], "--fsync", policy];
        using (InProcessNode node = new(options, disk))
        {
            Assert.False(node.Node.Persistence!.HasFailed, node.LogText);
            _client = new RespClient(node);
            for (int i = 0; i < 4; i++)
            {
                _ = Write(node);
            }

            disk.Arm();
            for (int i = 0; i < Steps; i++)
            {
                _ = Write(node);
                Read(node);
                if (i is FirstRewrite or Save or SecondRewrite)
                {
                    Call(node, switches
                        ? i == Save ? ["SAVE"] : ["CONFIG", "SET", "appendonly", i == FirstRewrite ? "no" : "yes"]
                        : [i == Save ? "BGSAVE" : "BGREWRITEAOF"]);
                }

                Thread.Sleep(_random.Next(30));
            }

            disk.Cure();
            Recover(node);
            Copy(folder["data"], folder["copy"]);
            _client.Dispose();
            node.RequestStop();
            Assert.Equal(0, node.WaitForExit());
            Assert.True(node.SavedAll, "the log was not written to its end");
        }

        using StateLoader loader = new();
        Judge(loader, folder["copy"], "a kill");
        Judge(loader, folder["data"], "the end");
    }

    private void Recover(InProcessNode node)
    {
        long deadline = Environment.TickCount64 + 20_000;
        if (switches)
        {
            Call(node, "CONFIG", "SET", "appendonly", "yes");
            Assert.Equal("1", _client!.Information("persistence", "aof_enabled"));
        }

        for (int written = 0; written < 20;)
        {
            written = Write(node) ? written + 1 : 0;
            if (Environment.TickCount64 > deadline)
            {
                throw new XunitException("writing does not go on by itself");
            }

            Thread.Sleep(written == 0 ? 20 : 0);
        }

        Finish(node, "BGREWRITEAOF", "aof_last_bgrewrite_status:ok", deadline);
        Finish(node, "BGSAVE", "rdb_last_bgsave_status:ok", deadline);
        Assert.True(Write(node));
    }

    private void Finish(InProcessNode node, string command, string status, long deadline)
    {
        while (true)
        {
            Call(node, command);
            string info;
            do
            {
                Thread.Sleep(20);
                info = _client!.Value("INFO", "persistence")!;
            }
            while (Environment.TickCount64 < deadline && (info.Contains("aof_rewrite_in_progress:1", StringComparison.Ordinal)
                || info.Contains("rdb_bgsave_in_progress:1", StringComparison.Ordinal)));
            if (info.Contains(status, StringComparison.Ordinal))
            {
                return;
            }

            if (Environment.TickCount64 > deadline)
            {
                throw new XunitException(command + " does not succeed any more:\n" + info);
            }
        }
    }

    // Whether it was acknowledged.
    private bool Write(InProcessNode node)
    {
        Subject subject = _load.All[_random.Next(_load.All.Count)];
        List<string[]> commands = subject.Begin(_random, 1);
        try
        {
            commands.ForEach(command => _client!.Send(command));
            string first = string.Empty;
            string reply = string.Empty;
            foreach (string[] _ in commands)
            {
                reply = _client!.Reply();
                first = first.Length == 0 && reply[0] == '-' ? reply : first;
            }

            if (reply[0] != '-')
            {
                subject.Acknowledge(1);
                return true;
            }

            Refused++;
            subject.Refuse();
            string text = Errno.Describe(-error);
            Assert.Equal(
                "-MISCONF Errors writing to the AOF file: " + char.ToUpperInvariant(text[0]) + text[1..], first);
            string last = commands.Count > 1 ? "-EXECABORT Transaction discarded because of" : "-MISCONF";
            Assert.StartsWith(last, reply, StringComparison.Ordinal);
            return false;
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            Reconnect(node);
            subject.Settle(_client!.Value("GET", subject.Keys[0]));
            return false;
        }
    }

    // Reads go on, whatever happens, but a connection whose write has no known outcome ends.
    private void Read(InProcessNode node)
    {
        Subject subject = _load.All[_random.Next(_load.All.Count)];
        try
        {
            Judge(subject);
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            Reconnect(node);
            Judge(subject);
        }
    }

    private void Judge(Subject subject)
    {
        string reply = _client!.Call("GET", subject.Keys[0]);
        Assert.Equal('$', reply[0]);
        string? value = reply == "$-1" ? null : reply[(reply.IndexOf('\n', StringComparison.Ordinal) + 1)..^2];
        string?[] values = new string?[subject.Keys.Length];
        Array.Fill(values, value);
        Assert.Null(subject.Judge(values, 1, 1));
    }

    private void Call(InProcessNode node, params string[] command)
    {
        try
        {
            _ = _client!.Call(command);
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            Reconnect(node);
        }
    }

    private void Reconnect(InProcessNode node)
    {
        Lost++;
        _client!.Dispose();
        _client = new RespClient(node);
    }

    private void Judge(StateLoader loader, string path, string when)
    {
        string? complaint = loader.Load(path) ?? _load.Judge(loader.Client, 1, 1, forget: false);
        Assert.True(complaint is null, "after " + when + ": " + complaint);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            if (file.EndsWith(".lock", StringComparison.Ordinal))
            {
                continue;
            }

            string target = to + file[from.Length..];
            _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{error} {policy}{(switches ? " with switches" : string.Empty)} seed {seed}");
}
