using System;
using System.Globalization;
using System.IO;
using System.Net.Http;
using System.Threading;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Writes of all kinds, over all protocols, until it is stopped.</summary>
internal sealed class ReplicaLoad
{
    private const int Keys = 400;

    private bool _ends;
    private long _writes;

    /// <summary>Writes so far.</summary>
    public long Writes => Volatile.Read(ref _writes);

    /// <summary>Ends it.</summary>
    public void Stop() => Volatile.Write(ref _ends, true);

    /// <summary>Runs the load beside <paramref name="body"/>, and ends it then.</summary>
    public void Run(NodeUnderTest node, int seed, Action body)
        => Watchdog.Run(60, () => Writes.ToString(CultureInfo.InvariantCulture),
            () => WriteResp(() => new RespClient(node), seed), () => WriteResp(() => new RespClient(node), seed + 1),
            () => WriteCs(node, seed + 2), () => WriteHttp(node, seed + 3), () =>
            {
                try
                {
                    body();
                }
                finally
                {
                    Stop();
                }
            });

    /// <summary>The same over RESP alone, to a server of any kind.</summary>
    public void Run(IGroupMember member, int seed, Action body)
        => Watchdog.Run(60, () => Writes.ToString(CultureInfo.InvariantCulture),
            () => WriteResp(member.Connect, seed), () => WriteResp(member.Connect, seed + 1), () =>
            {
                try
                {
                    body();
                }
                finally
                {
                    Stop();
                }
            });

    private void Repeat(Action<int> write)
    {
        for (int i = 0; !Volatile.Read(ref _ends); i++)
        {
            write(i);
            Interlocked.Increment(ref _writes);
        }
    }

    private void WriteResp(Func<RespClient> connect, int seed)
    {
        Random random = new(seed);
        using RespClient client = connect();
        Repeat(i =>
        {
            string key = "k" + random.Next(Keys).ToString(CultureInfo.InvariantCulture);
            string other = "k" + random.Next(Keys).ToString(CultureInfo.InvariantCulture);
            string reply = random.Next(17) switch
            {
                0 => client.Call("SET", key, new string('x', random.Next(300))),
                1 => client.Call("SET", key, new string('l', 40_000 + random.Next(100_000))),
                2 => client.Call("SET", key, "soon", "PX", (20 + random.Next(200)).ToString(CultureInfo.InvariantCulture)),
                3 => client.Call("PEXPIRE", key, (100 + random.Next(100_000)).ToString(CultureInfo.InvariantCulture)),
                4 => client.Call("APPEND", key, "y"),
                5 => client.Call("DEL", key, other),
                6 => client.Call("MSET", key, "m", other, "n"),
                7 => client.Call("SETRANGE", key, random.Next(60_000).ToString(CultureInfo.InvariantCulture), "range"),
                8 => client.Call("INCR", "n" + random.Next(20).ToString(CultureInfo.InvariantCulture)),
                9 => client.Call("RENAME", key, other),
                10 => client.Call("COPY", key, other, "REPLACE"),
                11 => client.Call("SETBIT", key, random.Next(5000).ToString(CultureInfo.InvariantCulture), "1"),
                12 => client.Call("GET", key),
                13 => client.Call("PERSIST", key),
                14 => Group(client, random),
                15 => client.Call("SELECT", random.Next(3).ToString(CultureInfo.InvariantCulture)),
                _ => i % 500 == 0 ? client.Call("FLUSHDB") : client.Call("GETEX", key, "EX", "100"),
            };
            if (reply.StartsWith("-NOREPLICAS", StringComparison.Ordinal))
            {
                throw new InvalidDataException(reply);
            }
        });
    }

    // Two numbers that are equal at any moment.
    private static string Group(RespClient client, Random random)
    {
        string number = random.Next(100).ToString(CultureInfo.InvariantCulture);
        _ = client.Call("MULTI");
        _ = client.Call("INCRBY", "left", number);
        _ = client.Call("INCRBY", "right", number);
        _ = client.Call("PUBLISH", "channel", number);
        return client.Call("EXEC");
    }

    private void WriteCs(NodeUnderTest node, int seed)
    {
        Random random = new(seed);
        using Client client = node.Connect();
        Repeat(i =>
        {
            string key = "c" + random.Next(Keys).ToString(CultureInfo.InvariantCulture);
            client.Send(random.Next(3) == 0 ? Frames.Delete(key) : Frames.Put(key, "value " + random.Next()));
            _ = client.Receive(CsFrame.Size);
        });
    }

    private void WriteHttp(NodeUnderTest node, int seed)
    {
        Random random = new(seed);
        using HttpClient client = new() { BaseAddress = new Uri("http://" + node.Address) };
        Repeat(i =>
        {
            using StringContent content = new(new string('h', random.Next(2000)));
            using HttpResponseMessage reply = client.PutAsync(
                "/kv/h" + random.Next(Keys).ToString(CultureInfo.InvariantCulture), content).GetAwaiter().GetResult();
            _ = reply.EnsureSuccessStatusCode();
        });
    }
}
