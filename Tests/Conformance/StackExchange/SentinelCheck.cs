using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;

using StackExchange.Redis;

namespace Epollsrv.Tests.Conformance;

/// <summary>
/// StackExchange.Redis asks Sentinels for the master "m", and goes on by itself when that is another. Prints "first PORT" when the first
/// master takes writes, and one line a check when another one does.
/// </summary>
internal static class SentinelCheck
{
    /// <summary>Runs it.</summary>
    /// <param name="ports">The Sentinels', with commas between.</param>
    public static async Task Run(string ports)
    {
        ConfigurationOptions options = new() { ServiceName = "m", AbortOnConnectFail = false, AllowAdmin = true, AsyncTimeout = 1000 };
        foreach (string port in ports.Split(','))
        {
            options.EndPoints.Add("127.0.0.1", int.Parse(port, CultureInfo.InvariantCulture));
        }

        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        IDatabase database = connection.GetDatabase();
        Stopwatch time = Stopwatch.StartNew();
        string? first = null;
        string? last = null;
        while (time.Elapsed < TimeSpan.FromSeconds(100) && (first is null || last == first))
        {
            try
            {
                _ = await database.StringSetAsync("StackExchange.Redis", time.ElapsedMilliseconds);
                string[] lines = ((string)(await database.ExecuteAsync("INFO", "server"))!).Split("\r\n");
                last = lines.Single(line => line.StartsWith("tcp_port:", StringComparison.Ordinal));
                if (first is null)
                {
                    first = last;
                    Console.WriteLine("first " + first);
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                // The master is gone, or has just become a replica.
            }

            await Task.Delay(20);
        }

        Console.WriteLine(first != last
            ? "ok: StackExchange.Redis goes on with the master that Sentinel has made"
            : "FAILED: StackExchange.Redis does not find the master that Sentinel has made");
        Console.WriteLine("all done");
    }
}
