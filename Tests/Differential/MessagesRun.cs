using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>
/// Publish and subscribe, key notifications, CLIENT REPLY: what arrives without being asked for. After every step each subscriber
/// asks for a token, and everything up to it is compared.
/// </summary>
internal sealed class MessagesRun : IDisposable
{
    private static readonly string[] _steps =
    [
        "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE", "PUBLISH", "SPUBLISH", "PUBSUB CHANNELS",
            "PUBSUB NUMSUB", "PUBSUB NUMPAT", "PUBSUB SHARDCHANNELS",
        "PUBSUB SHARDNUMSUB", "PING", "RESET", "HELLO", "QUIT", "CLIENT REPLY OFF", "CLIENT REPLY SKIP", "SET", "DEL", "EXPIRE", "RENAME",
            "INCR", "GET",
    ];

    private static readonly string[] _channels =
        ["news", "news.art", "n", "c1", string.Empty, "ch\0\r\nÿ", "__keyspace@0__:a", "__keyevent@0__:set"];
    private static readonly string[] _patterns = ["*", "n*", "news.*", "[nc]*", "?1", string.Empty, "__key*__:*", "nosuch"];
    private static readonly string[] _keys = ["a", "b", "c"];

    private readonly ServerProcess _redis;
    private readonly ServerProcess _node;
    private readonly (RespStream Redis, RespStream Node)[] _connections = new (RespStream, RespStream)[4];
    private readonly ByteWriter _writer = new();
    private readonly Random _random;
    private int _token;

    public MessagesRun(string program, int seed)
    {
        _random = new Random(seed);
        Coverage = new Coverage(_steps);
        Comparison = new Comparison(Coverage);
        _redis = ServerProcess.StartRedis();
        _node = ServerProcess.StartNode(program, DifferentialRun.NodeOptions);
        for (int i = 0; i < _connections.Length; i++)
        {
            _connections[i] = (_redis.Connect(), _node.Connect());
        }

        Send(0, [Request.Of("CONFIG", "SET", "notify-keyspace-events", "KEA")]);
        _ = _connections[0].Redis.ReadReply();
        _ = _connections[0].Node.ReadReply();
    }

    public Coverage Coverage { get; }

    public Comparison Comparison { get; }

    /// <summary>Does so many steps.</summary>
    public void Run(int steps)
    {
        const int Least = 100;
        for (int i = 0; i < steps || (i < 3 * steps && Coverage.Below(Least).Count > 0); i++)
        {
            string step = _steps[_random.Next(_steps.Length)];
            int connection = _random.Next(_connections.Length);
            List<Request> requests = Make(step);
            Comparison.Place = string.Create(CultureInfo.InvariantCulture, $"step {i}, connection {connection}");
            Send(connection, requests);
            if (step == "QUIT")
            {
                Compare(step, requests[0], _connections[connection].Redis.ReadToEnd(), _connections[connection].Node.ReadToEnd());
                Close(connection);
                _connections[connection] = (_redis.Connect(), _node.Connect());
                continue;
            }

            Settle(connection, step, requests);
            for (int other = 0; other < _connections.Length; other++)
            {
                if (other != connection)
                {
                    Settle(other, string.Empty, requests);
                }
            }
        }
    }

    public void Dispose()
    {
        for (int i = 0; i < _connections.Length; i++)
        {
            Close(i);
        }

        _node.Dispose();
        _redis.Dispose();
    }

    private void Close(int connection)
    {
        _connections[connection].Redis.Dispose();
        _connections[connection].Node.Dispose();
    }

    private List<Request> Make(string step)
    {
        Request request = Request.Of(step.Split(' '));
        bool spoilt = _random.Next(4) == 0;
        switch (step)
        {
            case "SUBSCRIBE" or "UNSUBSCRIBE" or "SSUBSCRIBE" or "SUNSUBSCRIBE" or "PUBSUB NUMSUB" or "PUBSUB SHARDNUMSUB":
                Add(request, _channels, _random.Next(3));
                break;
            case "PSUBSCRIBE" or "PUNSUBSCRIBE":
                Add(request, _patterns, _random.Next(3));
                break;
            case "PUBSUB CHANNELS" or "PUBSUB SHARDCHANNELS":
                Add(request, _patterns, _random.Next(3));
                break;
            case "PUBLISH" or "SPUBLISH":
                Add(request, _channels, 2);
                break;
            case "HELLO":
                request.Words.Add(spoilt ? "4"u8.ToArray() : _random.Next(2) == 0 ? "2"u8.ToArray() : "3"u8.ToArray());
                break;
            case "SET" or "RENAME":
                Add(request, _keys, 2);
                break;
            case "EXPIRE":
                Add(request, _keys, 1);
                request.Words.Add(_random.Next(2) == 0 ? "1000"u8.ToArray() : "-1"u8.ToArray());
                break;
            case "DEL" or "INCR" or "GET":
                Add(request, _keys, 1);
                break;
            case "CLIENT REPLY OFF" or "CLIENT REPLY SKIP" when !spoilt:
                List<Request> script =
                    [request, Request.Of("GET", "a"), Request.Of("INCR", "b"), Request.Of("nosuch"), Request.Of("PUBLISH", "news", "x"),
                    Request.Of("SUBSCRIBE", "n", "c1"), Request.Of("UNSUBSCRIBE", "n")];
                script.RemoveRange(1, _random.Next(script.Count));

                // With subscriptions RESP2 takes no CLIENT any more.
                script.Add(script.Exists(one => one.Name == "SUBSCRIBE") ? Request.Of("RESET") : Request.Of("CLIENT", "REPLY", "ON"));
                return script;
        }

        // QUIT ignores what follows it; the others do not.
        if (spoilt && step is not (
            "UNSUBSCRIBE" or "PUNSUBSCRIBE" or "SUNSUBSCRIBE" or "SUBSCRIBE" or "PSUBSCRIBE" or "SSUBSCRIBE" or "HELLO"))
        {
            Add(request, _channels, step is "PING" ? 2 : step is "SET" ? 1 : 3);
        }

        return [request];
    }

    private void Add(Request request, string[] choices, int count)
    {
        for (int i = 0; i < count; i++)
        {
            request.Words.Add(Encoding.Latin1.GetBytes(choices[_random.Next(choices.Length)]));
        }
    }

    private void Send(int connection, List<Request> requests)
    {
        _writer.Clear();
        requests.ForEach(request => request.WriteTo(_writer));
        _connections[connection].Redis.Send(_writer.Written);
        _connections[connection].Node.Send(_writer.Written);
    }

    private void Settle(int connection, string step, List<Request> requests)
    {
        string token = "token" + (++_token).ToString(CultureInfo.InvariantCulture);
        Send(connection, [Request.Of("PING", token)]);
        byte[] expected = ReadUntil(_connections[connection].Redis, token);
        byte[] actual = ReadUntil(_connections[connection].Node, token);
        Compare(step, requests[0], expected, actual);
    }

    private static byte[] ReadUntil(RespStream stream, string token)
    {
        ByteWriter all = new();
        byte[] wanted = Encoding.Latin1.GetBytes(token);
        while (true)
        {
            ReadOnlySpan<byte> reply = stream.ReadReply();
            all.Bytes(reply);
            if (reply.IndexOf(wanted) >= 0)
            {
                return all.Written.ToArray();
            }
        }
    }

    private void Compare(string step, Request request, byte[] expected, byte[] actual)
    {
        if (step.Length > 0)
        {
            Coverage.Add([step], expected[0] != '-');
        }

        string? name = expected.AsSpan().SequenceEqual(actual) ? null : Explain(request, Reply.ParseAll(expected), Reply.ParseAll(actual));
        Comparison.Note(name, step.Length > 0 ? step : "messages after " + request.Name, request, expected, actual);
    }

    private static string Explain(Request request, List<Reply> redis, List<Reply> node)
    {
        if (redis.Count != node.Count)
        {
            return string.Empty;
        }

        if (request.Name == "HELLO" && Differences.Explain(request, redis[0], node[0]) is { } greeting)
        {
            return greeting;
        }

        if (request.FullName is "PUBSUB CHANNELS" or "PUBSUB SHARDCHANNELS" && SameInAnyOrder(redis[0].Elements, node[0].Elements))
        {
            return "pubsub-channels";
        }

        if (request.Words.Count == 1 && request.Name.EndsWith("UNSUBSCRIBE", StringComparison.Ordinal))
        {
            return SameEnds(redis, node) ? "unsubscribe" : string.Empty;
        }

        return SameInAnyOrder(redis, node) ? "pattern-messages" : string.Empty;
    }

    // The same channels, and the same numbers of what is left in the same order.
    private static bool SameEnds(List<Reply> redis, List<Reply> node)
    {
        SortedSet<string> theirs = new(StringComparer.Ordinal);
        SortedSet<string> ours = new(StringComparer.Ordinal);
        for (int i = 0; i < redis.Count; i++)
        {
            if (redis[i].Count == 3 && node[i].Count == 3)
            {
                _ = theirs.Add(redis[i].Elements![1].Text ?? string.Empty);
                _ = ours.Add(node[i].Elements![1].Text ?? string.Empty);
            }

            if (redis[i].Type != node[i].Type
                || (redis[i].Count == 3 ? !redis[i].Elements![2].Same(node[i].Elements![2]) : !redis[i].Same(node[i])))
            {
                return false;
            }
        }

        return theirs.SetEquals(ours);
    }

    private static bool SameInAnyOrder(List<Reply>? redis, List<Reply>? node)
    {
        List<Reply> left = [.. node ?? []];
        return redis is not null && node is not null && redis.TrueForAll(reply =>
        {
            int found = left.FindIndex(reply.Same);
            if (found >= 0)
            {
                left.RemoveAt(found);
            }

            return found >= 0;
        });
    }
}
