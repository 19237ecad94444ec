using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using Epollsrv.Tests.Integration;
using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>A client of a node whose disk fails: what it is told, and what must be there afterwards.</summary>
/// <param name="node">The node.</param>
/// <param name="seed">Decides what is written.</param>
/// <param name="causes">What the disk may complain of, in the C library's words; nothing else may be given as the reason of a refusal.</param>
internal sealed class FaultClient(NodeUnderTest node, int seed, params string[] causes) : IDisposable
{
    private readonly Random _random = new(seed);
    private readonly Workload _load = new(1, 12);
    private RespClient _client = new(node);

    /// <summary>Writes that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Connections that the node has ended.</summary>
    public int Lost { get; private set; }

    /// <summary>Sends a write.</summary>
    /// <returns>Whether it was acknowledged.</returns>
    public bool Write()
    {
        Subject subject = Choose();
        List<string[]> commands = subject.Begin(_random, 1);
        try
        {
            commands.ForEach(command => _client.Send(command));
            string first = string.Empty;
            string reply = string.Empty;
            foreach (string[] _ in commands)
            {
                reply = _client.Reply();
                first = first.Length == 0 && reply[0] == '-' ? reply : first;
            }

            if (reply[0] != '-')
            {
                subject.Acknowledge(1);
                return true;
            }

            Refused++;
            subject.Refuse();
            const string Refusal = "MISCONF Errors writing to the AOF file: ";
            const string Aborted = "-EXECABORT Transaction discarded because of";
            Assert.StartsWith(commands.Count > 1 ? Aborted : "-" + Refusal, reply, StringComparison.Ordinal);

            // Between two commands of a transaction it may have been noticed: then EXEC alone is refused.
            string why = first.StartsWith(Aborted, StringComparison.Ordinal) ? first[(Aborted.Length + 2)..] : first[1..];
            Assert.StartsWith(Refusal, why, StringComparison.Ordinal);
            Assert.Contains(why[Refusal.Length..], causes);
            return false;
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            Reconnect();
            subject.Settle(_client.Value("GET", subject.Keys[0]));
            return false;
        }
    }

    /// <summary>Reads go on, whatever happens, but a connection whose write has no known outcome ends.</summary>
    public void Read()
    {
        Subject subject = Choose();
        try
        {
            Judge(subject);
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            Reconnect();
            Judge(subject);
        }
    }

    /// <summary>Writes and reads.</summary>
    public void Work(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            _ = Write();
            Read();
        }
    }

    /// <summary>Writes and reads until some writes have been refused.</summary>
    public void WorkUntilRefused(int count)
    {
        long deadline = Environment.TickCount64 + Patience.Milliseconds;
        for (int begun = Refused; Refused < begun + count;)
        {
            Work(1);
            Assert.True(Environment.TickCount64 < deadline, "writes are not refused");
        }
    }

    /// <summary>Sends a command whose reply says little.</summary>
    public void Call(params string[] command)
    {
        try
        {
            _ = _client.Call(command);
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            Reconnect();
        }
    }

    /// <summary>What INFO says of the data.</summary>
    public string Information()
    {
        try
        {
            return _client.Value("INFO", "persistence")!;
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            Reconnect();
            return _client.Value("INFO", "persistence")!;
        }
    }

    /// <summary>The disk is well again: all goes on by itself, and everything can be done.</summary>
    public void Recover()
    {
        long deadline = Environment.TickCount64 + Patience.Milliseconds;
        for (int written = 0; written < 20;)
        {
            written = Write() ? written + 1 : 0;
            if (Environment.TickCount64 > deadline)
            {
                throw new XunitException("writing does not go on by itself");
            }

            Thread.Sleep(written == 0 ? 20 : 0);
        }

        Finish("BGREWRITEAOF", "aof_last_bgrewrite_status:ok", deadline);
        Finish("BGSAVE", "rdb_last_bgsave_status:ok", deadline);
        Assert.True(Write());
    }

    /// <summary>Has a command done, and waits for its end.</summary>
    public void Finish(string command, string status) => Finish(command, status, Environment.TickCount64 + Patience.Milliseconds);

    /// <summary>Compares another node, which has loaded what this one has left, with all that was acknowledged.</summary>
    public void Judge(RespClient client, string when)
    {
        string? complaint = _load.Judge(client, 1, 1, forget: false);
        Assert.True(complaint is null, "after " + when + ": " + complaint);
    }

    public void Dispose() => _client.Dispose();

    private void Finish(string command, string status, long deadline)
    {
        while (true)
        {
            Call(command);
            string info;
            do
            {
                Thread.Sleep(20);
                info = Information();
            }
            while (Environment.TickCount64 < deadline && (info.Contains("aof_rewrite_in_progress:1", StringComparison.Ordinal)
                || info.Contains("rdb_bgsave_in_progress:1", StringComparison.Ordinal)));
            if (info.Contains(status, StringComparison.Ordinal))
            {
                return;
            }

            if (Environment.TickCount64 > deadline)
            {
                throw new XunitException("after " + command + " there is no " + status + ":\n" + info);
            }
        }
    }

    private Subject Choose() => _load.All[_random.Next(_load.All.Count)];

    private void Judge(Subject subject)
    {
        string reply = _client.Call("GET", subject.Keys[0]);
        Assert.Equal('$', reply[0]);
        string? value = reply == "$-1" ? null : reply[(reply.IndexOf('\n', StringComparison.Ordinal) + 1)..^2];
        string?[] values = new string?[subject.Keys.Length];
        Array.Fill(values, value);
        Assert.Null(subject.Judge(values, 1, 1));
    }

    private void Reconnect()
    {
        Lost++;
        _client.Dispose();
        _client = new RespClient(node);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Refused} refused, {Lost} connections ended");
}
