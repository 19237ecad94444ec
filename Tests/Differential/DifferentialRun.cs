using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;

namespace Epollsrv.Tests.Differential;

/// <summary>The same random commands to a redis-server and to a node, over several connections in turn. Both keep their data, and each
/// finds all of it in the other's directory.</summary>
internal sealed class DifferentialRun : IDisposable
{
    private const int Connections = 4;
    private const int LongestBatch = 300;

    private readonly DirectoryExchange _directories;
    private readonly ServerProcess _redis;
    private readonly ServerProcess _node;
    private readonly Shape[] _shapes;
    private readonly byte[][] _payloads;

    public DifferentialRun(string program)
    {
        SortedSet<string> labels = new(StringComparer.Ordinal) { "MULTI", "EXEC", "DISCARD" };
        _shapes = Shape.ParseAll(labels);
        Coverage = new Coverage(labels);
        Comparison = new Comparison(Coverage);
        _directories = new DirectoryExchange(program, NodeOptions);
        _redis = ServerProcess.StartRedis("--enable-debug-command", "yes", "--slowlog-log-slower-than", "-1", "--dir", _directories.Redis,
            "--appendonly", "yes", "--appendfsync", "no");

        // LASTSAVE is when the server was started, in seconds: the difference is to be seen.
        Thread.Sleep(1100);
        _node = ServerProcess.StartNode(program, ["--data", _directories.Node, "--fsync", "no", .. NodeOptions]);
        _payloads = MakePayloads();
        using ConnectionPair pair = new(_redis, _node, Comparison);
        pair.AskEach(Request.Of("PING"),
            Request.Of("CONFIG", "SET", "slowlog-log-slower-than", "-1", "client-output-buffer-limit", "pubsub 32mb 8mb 60"));
    }

    /// <summary>Options of the node that make its limits those of a redis-server without a configuration.</summary>
    public static string[] NodeOptions { get; } = ["--max-value", "512mb", "--enable-debug-command", "yes"];

    public Coverage Coverage { get; }

    public Comparison Comparison { get; }

    /// <summary>Commands to leave out, for work on the others.</summary>
    public HashSet<string> Left { get; } = [];

    /// <summary>Sends one command at a time and looks for the first after which the values differ: slow, for finding a cause.</summary>
    public bool IsCareful { get; set; }

    /// <summary>Runs one seed and compares the state at its end, and what the directories hold.</summary>
    public void Run(int seed, long commands, TextWriter log)
    {
        RandomArguments random = new(seed, _payloads);
        CommandGenerator generator = new(random, _shapes, Left);
        List<ConnectionPair> pairs = [];
        try
        {
            // One more looks at the state.
            for (int i = 0; i <= Connections; i++)
            {
                pairs.Add(new ConnectionPair(_redis, _node, Comparison));
            }

            List<Request> batch = [];
            long done = 0;
            while (done < commands)
            {
                batch.Clear();
                for (int size = 1 + random.Below(LongestBatch); batch.Count < size;)
                {
                    generator.Append(batch);
                }

                int number = random.Below(Connections);
                Comparison.Place = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, batch at {done}, connection {number}");
                if (!(IsCareful ? RunCarefully(pairs[number], pairs[^1], batch) : pairs[number].Run(batch)))
                {
                    // Both begin again alike, so that one difference is not reported as many.
                    pairs.ForEach(pair => pair.Reset());
                    Empty(pairs[0]);
                }

                done += batch.Count;
            }

            pairs.ForEach(pair => pair.Reset());
            Comparison.Place = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, state after {done}");
            int keys = StateComparison.Compare(pairs[0], Comparison);
            _directories.Check(_redis, _node, Comparison);
            log.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}: {done} commands, {keys} keys in the end, {Comparison.Mismatches} differences so far"));
            Empty(pairs[0]);
        }
        finally
        {
            pairs.ForEach(pair => pair.Dispose());
        }
    }

    /// <summary>Adds what another run found.</summary>
    public void Add(DifferentialRun other)
    {
        Coverage.Add(other.Coverage);
        Comparison.Add(other.Comparison);
    }

    /// <summary>Goes on with the commands and options that were met too
    /// seldom, and with differences that chance alone seldom meets.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="least">How often each must have succeeded, and failed.</param>
    public void Complete(int seed, long least)
    {
        const int Rounds = 300;
        const int TimesPerRound = 20;
        const int KeysPerRound = 40;
        CommandGenerator generator = new(new RandomArguments(seed, _payloads), _shapes, Left);
        using ConnectionPair pair = new(_redis, _node, Comparison);
        List<Request> batch =
        [
            Request.Of("SET", "small", "5"), Request.Of("COPY", "small", "copied"), Request.Of("OBJECT", "REFCOUNT", "copied"),
                Request.Of("SET", "long", new string('a', 100)), Request.Of("DUMP", "long"),
            Request.Of("DEL", "small", "copied", "long"),
        ];
        _ = pair.Run(batch);
        for (int round = 0; round < Rounds; round++)
        {
            List<(string Label, bool Success, long Count)> missing = Coverage.Seldom(least);
            if (missing.Count == 0)
            {
                return;
            }

            batch.Clear();

            // Of a key that is not there, Redis asks no further arguments.
            for (int i = 0; i < KeysPerRound; i++)
            {
                generator.Append(batch, "SET", true);
            }

            foreach ((string label, bool success, long count) in missing)
            {
                for (long i = Math.Min(TimesPerRound, least - count); i > 0; i--)
                {
                    generator.Append(batch, label, success);
                }
            }

            Comparison.Place = string.Create(CultureInfo.InvariantCulture, $"completion {seed}, round {round}");
            if (!pair.Run(batch))
            {
                pair.Reset();
                Empty(pair);
            }

            _ = pair.Ask("RESET");
        }
    }

    /// <summary>What was compared, and what differed as listed.</summary>
    public string Summary()
    {
        StringBuilder text = new(Coverage.ToString());
        text.Append(CultureInfo.InvariantCulture,
            $"{Comparison.Compared} replies compared; different as listed in docs/COMPATIBILITY.md:\n");
        foreach ((string name, long count) in Comparison.Named)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {name,-20}{count,10}\n");
        }

        return text.ToString();
    }

    public void Dispose()
    {
        _node.Dispose();
        _redis.Dispose();
        _directories.Dispose();
    }

    private bool RunCarefully(ConnectionPair pair, ConnectionPair observer, List<Request> batch)
    {
        foreach (Request request in batch)
        {
            if (!pair.Run([request]))
            {
                return false;
            }

            string? difference = StateComparison.FirstDifference(observer);
            if (difference is not null)
            {
                Comparison.Report("state", "after " + request + ": " + difference);
                return false;
            }
        }

        return true;
    }

    private static void Empty(ConnectionPair pair)
    {
        foreach (string database in StateComparison.Databases)
        {
            _ = pair.Ask("SELECT", database);
            EmptySelected(pair);
        }

        _ = pair.Ask("SELECT", "0");
    }

    private static void EmptySelected(ConnectionPair pair)
    {
        (Reply redis, Reply node) = pair.Ask("KEYS", "*");
        if (redis.Elements is null || node.Elements is null)
        {
            throw new InvalidDataException(
                pair.Place + ": KEYS: redis answers " + redis.Text + ", the node " + node.Text + "\n" + pair.Describe());
        }

        Request fromRedis = Request.Of("DEL", "nosuch");
        Request fromNode = Request.Of("DEL", "nosuch");
        redis.Elements!.ForEach(key => fromRedis.Words.Add(Encoding.Latin1.GetBytes(key.Text!)));
        node.Elements!.ForEach(key => fromNode.Words.Add(Encoding.Latin1.GetBytes(key.Text!)));
        pair.AskEach(fromRedis, fromNode);
    }

    // What a redis-server itself dumps: integers of all widths, short, long and compressible strings.
    private byte[][] MakePayloads()
    {
        List<byte[]> payloads = [];
        using RespStream stream = _redis.Connect();
        ByteWriter writer = new();
        foreach (string value in (
            string[])["1", "-200", "70000", "12345678901", "abc", string.Empty, new string('a', 100), new string('x', 3000),
            "abcabcabcabcabcabcabcabcabcabc", "3.25"])
        {
            writer.Clear();
            Request.Of("SET", "payload", value).WriteTo(writer);
            Request.Of("DUMP", "payload").WriteTo(writer);
            Request.Of("DEL", "payload").WriteTo(writer);
            stream.Send(writer.Written);
            _ = stream.ReadReply();
            payloads.Add(Encoding.Latin1.GetBytes(Reply.Parse(stream.ReadReply()).Text!));
            _ = stream.ReadReply();
        }

        return [.. payloads];
    }
}
