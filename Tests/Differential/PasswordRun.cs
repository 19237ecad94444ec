using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>What may be said before and after AUTH, on servers with a password.</summary>
internal sealed class PasswordRun(string program, int seed) : IDisposable
{
    private static readonly string[] _logins =
    [
        "AUTH secret", "AUTH wrong", "AUTH default secret", "AUTH default wrong", "AUTH nobody secret", "AUTH", "AUTH a b c", "HELLO",
            "HELLO 3", "HELLO 2 AUTH default secret", "HELLO 3 AUTH default secret SETNAME me",
        "HELLO 3 AUTH default wrong", "HELLO 3 SETNAME", "HELLO 4", "RESET", "PING", "GET a", "MULTI", "EXEC", "SUBSCRIBE", "CLIENT ID",
            "nosuch", "COMMAND COUNT",
    ];

    private readonly ServerProcess _redis = ServerProcess.StartRedis("--requirepass", "secret", "--enable-debug-command", "yes");
    private readonly ServerProcess _node = ServerProcess.StartNode(program, [.. DifferentialRun.NodeOptions, "--password", "secret"]);

    public Comparison Comparison { get; } = new(new Coverage([]));

    /// <summary>Makes so many pairs of connections and says a few things on each.</summary>
    public void Run(int connections)
    {
        SortedSet<string> labels = new(StringComparer.Ordinal);
        RandomArguments random = new(seed, [[0]]);
        CommandGenerator generator = new(random, Shape.ParseAll(labels), new HashSet<string> { "MULTI" });
        for (int i = 0; i < connections; i++)
        {
            Comparison.Place = "connection " + i.ToString(CultureInfo.InvariantCulture);
            List<Request> requests = [];
            for (int count = 1 + random.Below(6); count > 0; count--)
            {
                if (random.Chance(2))
                {
                    generator.Append(requests);
                }
                else
                {
                    requests.Add(Request.Of(_logins[random.Below(_logins.Length)].Split(' ')));
                }
            }

            using ConnectionPair pair = new(_redis, _node, Comparison);
            RunParts(pair, requests);

            // What is still to be run of it (a CLIENT KILL without a reply, say) is not to meet the next connection.
            pair.Finish();
        }
    }

    /// <summary>Sends bytes before AUTH and compares all that comes until the end.</summary>
    public void RunRaw(string text)
    {
        using RespStream redis = _redis.Connect();
        using RespStream node = _node.Connect();
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        redis.Send(bytes);
        node.Send(bytes);
        redis.EndSending();
        node.EndSending();
        byte[] expected = redis.ReadToEnd();
        byte[] actual = node.ReadToEnd();
        Comparison.Note(expected.AsSpan().SequenceEqual(actual) ? null : string.Empty, "before AUTH", Request.Of(text), expected, actual);
    }

    /// <summary>A name that HELLO asks for without the password is kept by Redis until it is given, by the node not.</summary>
    public void RunHelloName()
    {
        Comparison.Place = "the name of a HELLO without the password";
        using RespStream redis = _redis.Connect();
        using RespStream node = _node.Connect();
        foreach (string text in (string[])["HELLO 3 SETNAME me", "AUTH secret", "CLIENT GETNAME"])
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text + "\r\n");
            redis.Send(bytes);
            node.Send(bytes);
            ReadOnlySpan<byte> expected = redis.ReadReply();
            ReadOnlySpan<byte> actual = node.ReadReply();
            bool known = text == "CLIENT GETNAME" && expected.SequenceEqual("$2\r\nme\r\n"u8) && actual.SequenceEqual("$-1\r\n"u8);
            Comparison.Note(known ? "hello-name" : expected.SequenceEqual(actual) ? null : string.Empty, "before AUTH", Request.Of(text),
                expected, actual);
        }
    }

    public void Dispose()
    {
        _node.Dispose();
        _redis.Dispose();
    }

    // A RESET is sent when all replies before it have come: what Redis has not sent by then counts as output of a client without the
    // password, of which it allows 1 KB (CVE-2025-21605), and closes the connection.
    private static void RunParts(ConnectionPair pair, List<Request> requests)
    {
        int begin = 0;
        for (int end = 1; end <= requests.Count; end++)
        {
            if (end == requests.Count || requests[end].Name == "RESET")
            {
                if (!pair.Run(requests.GetRange(begin, end - begin)))
                {
                    return;
                }

                begin = end;
            }
        }
    }
}
