using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;

using Epollsrv.Tests.Unit;

using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Differential;

/// <summary>
/// The directories of a redis-server and of a node that have the same keys. Redis and valkey load a copy of the node's, write the log anew,
/// and the node loads that; the node loads a copy of Redis's. All of them have the same keys, values and times to live.
/// </summary>
internal sealed class DirectoryExchange(string program, string[] nodeOptions) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _copies;

    /// <summary>The directory of the redis-server.</summary>
    public string Redis { get; } = Directory.CreateTempSubdirectory("differential-redis-").FullName;

    /// <summary>The directory of the node.</summary>
    public string Node { get; } = Directory.CreateTempSubdirectory("differential-node-").FullName;

    /// <summary>Who loads the node's directory besides the node.</summary>
    public static IEnumerable<string> Servers =>
        File.Exists(ValkeyProgram.Server) ? ["redis-server", ValkeyProgram.Server] : ["redis-server"];

    /// <summary>Exchanges them; what differs is reported.</summary>
    public void Check(ServerProcess redis, ServerProcess node, Comparison comparison)
    {
        WaitForLog(redis);
        WaitForLog(node);

        // Compared with a redis-server that has loaded the same copy, not with the one that runs. Not every change gets into Redis's own
        // log: BITFIELD makes a value longer even if all of it then fails.
        string copy = Copy(Redis);
        using (ServerProcess other = StartNode(Copy(copy)))
        {
            using ServerProcess again = StartServer("redis-server", copy);
            Compare(again, other, "redis-server's directory in a node", comparison);
        }

        foreach (string server in Servers)
        {
            string data = Copy(Node);
            using (ServerProcess other = StartServer(server, data))
            {
                Compare(other, node, "the node's directory in " + Path.GetFileName(server), comparison);
                _ = Call(other, "BGREWRITEAOF");
                WaitForLog(other);
                Assert.Contains("aof_last_bgrewrite_status:ok", Information(other), StringComparison.Ordinal);
            }

            using ServerProcess back = StartNode(data);
            Compare(redis, back, "the directory that " + Path.GetFileName(server) + " wrote anew in a node", comparison);
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(Redis, recursive: true);
        Directory.Delete(Node, recursive: true);
    }

    private static ServerProcess StartServer(string server, string data)
    {
        ServerProcess started = ServerProcess.StartServer(server, "--dir", data, "--appendonly", "yes", "--appendfsync", "no");
        WaitForLoading(started);
        return started;
    }

    private ServerProcess StartNode(string data)
    {
        ServerProcess node = ServerProcess.StartNode(program, ["--data", data, .. nodeOptions]);
        WaitForLoading(node);
        return node;
    }

    private string Copy(string directory)
    {
        string copy = _folder[_copies++.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        return _folder.Run("cp", "-r", directory, copy) ? copy : throw new XunitException("cannot copy " + directory);
    }

    private static void Compare(ServerProcess redis, ServerProcess node, string what, Comparison comparison)
    {
        using ConnectionPair pair = new(redis, node, comparison);
        if (StateComparison.FirstDifference(pair) is { } difference)
        {
            comparison.Report("directory", what + ": " + difference);
        }
    }

    private static void WaitForLoading(ServerProcess server) =>
        WaitUntil(server, () => Call(server, "PING").Type != '-', "loading");

    private static void WaitForLog(ServerProcess server) => WaitUntil(server, () =>
    {
        string info = Information(server);
        return info.Contains("aof_rewrite_in_progress:0", StringComparison.Ordinal)
            && info.Contains("aof_rewrite_scheduled:0", StringComparison.Ordinal)
            && info.Contains("aof_buffer_length:0", StringComparison.Ordinal); // Redis puts a write off while the disk is busy
    }, "writing the log");

    private static string Information(ServerProcess server) => Call(server, "INFO", "persistence").Text!;

    private static void WaitUntil(ServerProcess server, Func<bool> condition, string what)
    {
        for (long deadline = Environment.TickCount64 + Patience.Milliseconds; !condition(); Thread.Sleep(5))
        {
            if (!server.IsRunning || Environment.TickCount64 > deadline)
            {
                throw new XunitException(what + " does not end:\n" + server.LogText);
            }
        }
    }

    private static Reply Call(ServerProcess server, params string[] words)
    {
        ByteWriter writer = new();
        Request.Of(words).WriteTo(writer);
        using RespStream stream = server.Connect();
        stream.Send(writer.Written);
        return Reply.Parse(stream.ReadReply());
    }
}
