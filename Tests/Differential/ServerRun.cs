using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;

namespace Epollsrv.Tests.Differential;

/// <summary>What a stream of commands does not show. Each comparison returns what differed, or nothing.</summary>
internal sealed partial class ServerRun : IDisposable
{
    private readonly ServerProcess _redis = ServerProcess.StartRedis("--enable-debug-command", "yes");
    private readonly ServerProcess _node;
    private readonly Comparison _comparison = new(new Coverage([]));

    public ServerRun(string program) => _node = ServerProcess.StartNode(program, DifferentialRun.NodeOptions);

    /// <summary>Every command that only Redis has is unknown to the node, and the node has none that Redis lacks.</summary>
    public string CompareCommandSets()
    {
        StringBuilder text = new();
        using ConnectionPair pair = new(_redis, _node, _comparison);
        (Reply redis, Reply node) = pair.Ask("COMMAND", "LIST");
        SortedSet<string> theirs = Names(redis);
        SortedSet<string> ours = Names(node);
        foreach (string name in ours)
        {
            if (!theirs.Contains(name) && !ReplyShapes.Later.Contains(name))
            {
                text.Append("not a command of Redis: ").AppendLine(name);
            }
        }

        theirs.ExceptWith(ours);
        foreach (string name in theirs)
        {
            string[] words = name.Split('|');
            string expected = words.Length == 1 || !ours.Contains(words[0]) ? "ERR unknown command '" + words[0]
                + "', with args beginning with: " : "ERR unknown subcommand '" + words[1] + "'. Try ";
            if (words[0] == "cluster")
            {
                // One command here, which looks at its subcommands itself.
                (Reply there, Reply here) = pair.AskEach(Request.Of(words), Request.Of(words));
                text.Append(here.Same(there) ? string.Empty : name + ": " + here.Text + Environment.NewLine);
                continue;
            }

            Reply reply = pair.AskEach(Request.Of("PING"), Request.Of(words)).Node;
            if (!reply.IsError || !reply.Text!.StartsWith(expected, StringComparison.Ordinal))
            {
                text.Append(name).Append(": ").AppendLine(reply.Text);
            }
        }

        return text.ToString();
    }

    /// <summary>The lines of MONITOR are the same behind time and address.</summary>
    public string CompareMonitors(int seed)
    {
        const int Commands = 300;
        StringBuilder text = new();
        using ConnectionPair pair = new(_redis, _node, _comparison);
        using RespStream redis = _redis.Connect();
        using RespStream node = _node.Connect();
        ByteWriter writer = new();
        Request.Of("MONITOR").WriteTo(writer);
        redis.Send(writer.Written);
        node.Send(writer.Written);
        if (!redis.ReadReply().SequenceEqual(node.ReadReply()))
        {
            text.AppendLine("the reply to MONITOR itself");
        }

        // Without those that are shown in another place of the order (EXEC), or not at all, or that only one of them knows.
        CommandGenerator generator =
            new(new RandomArguments(seed, [[0]]), Shape.ParseAll(new SortedSet<string>(StringComparer.Ordinal)),
            new HashSet<string> { "MULTI", "EXEC", "DISCARD", "RESET" });
        List<Request> requests = [];
        while (requests.Count < Commands)
        {
            generator.Append(requests);
            _ = requests.RemoveAll(request => request.Has("SETINFO") || request.Has("NO-TOUCH") || request.Has("AUTH", 0));
        }

        requests.AddRange(WithPasswords());

        requests.Add(Request.Of("ECHO", "the end"));
        _ = pair.Run(requests);
        string expected;
        int lines = 0;
        do
        {
            expected = Behind(redis.ReadReply());
            string actual = Behind(node.ReadReply());
            lines++;
            if (expected != actual)
            {
                return text.Append("line ").Append(lines).Append(": redis ").Append(expected).Append("node ").Append(actual).ToString();
            }
        }
        while (!expected.Contains("\"the end\"", StringComparison.Ordinal));
        return lines < Commands / 2 ? text.Append("only ").Append(lines).AppendLine(" lines").ToString() : text.ToString();
    }

    /// <summary>SHUTDOWN NOSAVE: the connection ends without a reply, and so does the process.</summary>
    public string CompareShutdowns()
    {
        ByteWriter writer = new();
        Request.Of("SHUTDOWN", "NOSAVE").WriteTo(writer);
        foreach (ServerProcess server in (ServerProcess[])[_redis, _node])
        {
            using RespStream stream = server.Connect();
            stream.Send(writer.Written);
            byte[] rest = stream.ReadToEnd();
            if (rest.Length > 0)
            {
                return "answered: " + Reply.Show(rest);
            }

            if (!server.EndsWithin(Patience.Milliseconds))
            {
                return "goes on";
            }
        }

        return string.Empty;
    }

    /// <summary>Keys that live for milliseconds, or end in the past, are as gone in one as in the other.</summary>
    public string CompareShortLives()
    {
        const int Milliseconds = 40;
        string life = Milliseconds.ToString(CultureInfo.InvariantCulture);
        using ConnectionPair pair = new(_redis, _node, _comparison);
        List<Request> requests =
        [
            Request.Of("SET", "a", "v", "PX", life), Request.Of("PSETEX", "b", life, "v"),
                Request.Of("MSET", "c", "v", "d", "v", "e", "v", "f", "1"), Request.Of("PEXPIRE", "c", life),
                Request.Of("GETEX", "d", "PX", life),
            Request.Of("SET", "past", "v", "PXAT", "1"), Request.Of("GET", "past"), Request.Of("SET", "past", "v", "EXAT", "1"),
                Request.Of("EXISTS", "past"), Request.Of("SETNX", "past", "w"),
            Request.Of("PEXPIRE", "f", life), Request.Of("INCR", "f"), Request.Of("EXISTS", "a", "b", "c", "d", "e", "f"),
        ];
        _ = pair.Run(requests);
        Thread.Sleep(3 * Milliseconds);
        requests = [Request.Of("EXISTS", "a", "b", "c", "d", "e", "f"), Request.Of("KEYS", "*"), Request.Of("PERSIST", "a"),
            Request.Of("TYPE", "a"), Request.Of("RENAME", "b", "x"), Request.Of("COPY", "b", "x")];
        foreach (string command in (string[])["GET", "TTL", "PTTL", "EXPIRETIME", "STRLEN", "DUMP", "GETDEL", "DEL", "TOUCH", "BITCOUNT"])
        {
            requests.Add(Request.Of(command, "c"));
        }

        requests.AddRange([Request.Of("SETNX", "d", "new"), Request.Of("APPEND", "a", "x"), Request.Of("INCR", "f"), Request.Of("TTL", "f"),
            Request.Of("SET", "b", "v", "XX"), Request.Of("SET", "b", "v", "KEEPTTL", "GET"), Request.Of("TTL", "b")]);
        _ = pair.Run(requests);
        return _comparison.Describe();
    }

    public void Dispose()
    {
        _node.Dispose();
        _redis.Dispose();
    }

    private static SortedSet<string> Names(Reply reply)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        reply.Elements!.ForEach(element => names.Add(element.Text!));
        return names;
    }

    // Well-formed: of a malformed one Redis shows the password.
    private static Request[] WithPasswords() =>
    [
        Request.Of("AUTH", "secret"), Request.Of("AUTH", "default", "secret"), Request.Of("AUTH", "nobody", "secret"),
            Request.Of("HELLO", "2", "AUTH", "default", "secret"),
        Request.Of("HELLO", "2", "SETNAME", "auth", "AUTH", "default", "secret"),
            Request.Of("HELLO", "2", "AUTH", "nobody", "secret", "SETNAME", "name"),
    ];

    // +1700000000.123456 [0 unix:/path] "get" "a"
    private static string Behind(ReadOnlySpan<byte> line)
    {
        string text = Encoding.Latin1.GetString(line);
        int bracket = text.IndexOf("] ", StringComparison.Ordinal);
        return bracket < 0 || text[0] != '+' ? text : text[(bracket + 2)..];
    }
}
