using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

using StackExchange.Redis;

namespace Epollsrv.Tests.Conformance;

/// <summary>
/// StackExchange.Redis at its defaults against a node that this program starts, stops and starts again.
/// Usage: StackExchangeCheck PROGRAM PORT. One line a check: "ok: …" or "FAILED: …". StackExchangeCheck --sentinel PORT,PORT,PORT:
/// see <see cref="SentinelCheck"/>.
/// </summary>
internal static class Program
{
    private static string _program = string.Empty;
    private static int _port;
    private static Process? _node;
    private static int _failed;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments[0] == "--sentinel")
        {
            await SentinelCheck.Run(arguments[1]);
            return 0;
        }

        _program = arguments[0];
        _port = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        Start();
        try
        {
            ConnectionMultiplexer? connection = null;
            await Check("connect", async () =>
                connection = await ConnectionMultiplexer.ConnectAsync(
                new ConfigurationOptions { EndPoints = { { "127.0.0.1", _port } }, AllowAdmin = true }));
            if (connection is not null)
            {
                await CheckAll(connection);
                await connection.DisposeAsync();
            }
        }
        finally
        {
            Stop();
        }

        Console.WriteLine("all done");
        return _failed == 0 ? 0 : 1;
    }

    private static async Task CheckAll(ConnectionMultiplexer connection)
    {
        IDatabase database = connection.GetDatabase();
        IServer server = connection.GetServer("127.0.0.1", _port);
        await Check("set and get", async () =>
        {
            True(await database.StringSetAsync("se", "value"));
            Equal("value", await database.StringGetAsync("se"));
            True((await database.StringGetAsync("se:none")).IsNull);
            byte[] bytes = [0, 255, 13, 10, 128];
            True(await database.StringSetAsync("se:bytes", bytes));
            byte[]? stored = await database.StringGetAsync("se:bytes");
            Equal(Convert.ToHexString(bytes), Convert.ToHexString(stored ?? []));
            True(!await database.StringSetAsync("se", "x", when: When.NotExists));
            Equal(5L, await database.StringIncrementAsync("se:n", 5));
            Equal(1.5, await database.StringIncrementAsync("se:f", 1.5));
            Equal("value", await database.StringGetDeleteAsync("se"));
            Equal(7L, await database.StringAppendAsync("se:a", "aaaabbb"));
        });
        await Check("expire", async () =>
        {
            True(await database.StringSetAsync("se:e", "v", TimeSpan.FromMilliseconds(60)));
            True((await database.KeyTimeToLiveAsync("se:e")) > TimeSpan.Zero);
            await Task.Delay(150);
            True(!await database.KeyExistsAsync("se:e"));
            True(await database.KeyExpireAsync("se:n", TimeSpan.FromSeconds(100)));
            True(await database.KeyPersistAsync("se:n"));
        });
        await Check("transaction", async () =>
        {
            ITransaction transaction = database.CreateTransaction();
            transaction.AddCondition(Condition.StringEqual("se:n", 5));
            Task<long> incremented = transaction.StringIncrementAsync("se:n");
            True(await transaction.ExecuteAsync());
            Equal(6L, await incremented);
            transaction = database.CreateTransaction();
            transaction.AddCondition(Condition.StringEqual("se:n", 5));
            _ = transaction.StringIncrementAsync("se:n");
            True(!await transaction.ExecuteAsync());
        });
        await Check("10000 at once", async () =>
        {
            List<Task> tasks = [];
            for (int i = 0; i < 5000; i++)
            {
                tasks.Add(database.StringSetAsync("se:p" + i, i));
            }

            await Task.WhenAll(tasks);
            Task<RedisValue>[] values = [.. Enumerable.Range(0, 5000).Select(i => database.StringGetAsync("se:p" + i))];
            await Task.WhenAll(values);
            for (int i = 0; i < values.Length; i++)
            {
                Equal(i, (int)values[i].Result);
            }
        });
        await Check("keys of the server by SCAN", () =>
        {
            Equal(5000, server.Keys(pattern: "se:p*", pageSize: 300).Count());
            return Task.CompletedTask;
        });
        await Check("PING, TIME, INFO, CLIENT LIST, CONFIG GET, DBSIZE", async () =>
        {
            True(await database.PingAsync() > TimeSpan.Zero);
            True(Math.Abs((DateTime.UtcNow - await server.TimeAsync()).TotalSeconds) < 60);
            True((await server.InfoAsync()).Length > 5);
            True((await server.ClientListAsync()).Length > 0);
            True((await server.ConfigGetAsync("maxmemory")).Length == 1);
            True(await server.DatabaseSizeAsync() >= 5000);
        });
        await Check("errors", async () =>
        {
            RedisServerException error = await Throws(() => database.ExecuteAsync("NOSUCH"));
            True(error.Message.StartsWith("ERR unknown command", StringComparison.Ordinal));
        });
        await CheckMessages(connection, database);
    }

    private static async Task CheckMessages(ConnectionMultiplexer connection, IDatabase database)
    {
        ISubscriber subscriber = connection.GetSubscriber();
        int received = 0;
        await Check("publish and subscribe", async () =>
        {
            await subscriber.SubscribeAsync(RedisChannel.Literal("se:news"), (_, _) => Interlocked.Increment(ref received));
            await subscriber.SubscribeAsync(RedisChannel.Pattern("se:*"), (_, _) => Interlocked.Increment(ref received));
            Equal(2L, await database.PublishAsync(RedisChannel.Literal("se:news"), "hello"));
            await Until(() => Volatile.Read(ref received) == 2);
        });
        await Check("reconnects after a restart, subscriptions too", async () =>
        {
            Stop();
            await Task.Delay(100);
            Start();
            await Until(() => Quietly(() => database.StringSet("se:again", "1")));
            received = 0;
            await Until(() => Quietly(() => database.Publish(RedisChannel.Literal("se:news"), "again") == 2));
            await Until(() => Volatile.Read(ref received) >= 2);
        });
    }

    private static async Task Check(string name, Func<Task> body)
    {
        try
        {
            await body().WaitAsync(TimeSpan.FromSeconds(30));
            Console.WriteLine("ok: StackExchange.Redis: " + name);
        }
        catch (Exception exception)
        {
            _failed++;
            Console.WriteLine("FAILED: StackExchange.Redis: " + name + ": " + exception.Message.ReplaceLineEndings(" ") + " "
                + exception.StackTrace?.Split('\n').LastOrDefault()?.Trim());
        }
    }

    private static void True(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException("does not hold: " + new StackTrace(true).GetFrame(1));
        }
    }

    private static void Equal<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new InvalidOperationException("expected " + expected + ", got " + actual);
        }
    }

    private static void Equal(string expected, RedisValue actual) => Equal(expected, (string?)actual ?? "(null)");

    private static async Task<RedisServerException> Throws(Func<Task> body)
    {
        try
        {
            await body();
        }
        catch (RedisServerException exception)
        {
            return exception;
        }

        throw new InvalidOperationException("no error");
    }

    private static bool Quietly(Func<bool> body)
    {
        try
        {
            return body();
        }
        catch (RedisException)
        {
            return false;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static async Task Until(Func<bool> condition)
    {
        for (int i = 0; i < 2000; i++)
        {
            if (condition())
            {
                return;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException("it never came to hold");
    }

    private static void Start()
    {
        _node = Process.Start(
            new ProcessStartInfo(
            _program, ["serve", "--port", _port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true,
            RedirectStandardOutput = true })!;
        _node.ErrorDataReceived += (_, _) => { };
        _node.BeginErrorReadLine();
        for (int i = 0; i < 500; i++)
        {
            try
            {
                using TcpClient client = new();
                client.Connect(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(20);
            }
        }

        throw new TimeoutException("the node does not answer");
    }

    private static void Stop()
    {
        using Process kill = Process.Start("sh", ["-c", "kill -TERM " + _node!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        _node.WaitForExit();
        _node.Dispose();
    }
}
