using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using Epollsrv.Tests.Unit;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>System calls of the published program fail, one of them or all of a kind from then on, until strace lets go of it.</summary>
[Trait("Category", "Durability")]
[Trait("Needs", "Ptrace")]
public sealed class SystemCallFaultTests(ITestOutputHelper output)
{
    private const int AtOnce = 4;
    private const int Steps = 20;
    private const int FirstRewrite = 3;
    private const int Save = 9;
    private const int SecondRewrite = 14;
    private const int Files = 40;

    private static readonly (string Call, string[] Errors)[] _calls =
    [
        ("fdatasync", ["EIO", "ENOSPC", "EDQUOT", "EROFS"]),
        ("writev", ["ENOSPC", "EIO", "EDQUOT", "EROFS"]),
        ("openat", ["EMFILE", "ENOSPC", "EACCES"]),
        ("fsync", ["EIO"]),
        ("rename,renameat,renameat2", ["EIO", "ENOSPC"]),
        ("unlink,unlinkat", ["EIO"]),
        ("ftruncate", ["EIO"]),
    ];

    private static readonly Dictionary<string, string> _words = new()
    {
        ["EIO"] = "Input/output error",
        ["ENOSPC"] = "No space left on device",
        ["EDQUOT"] = "Disk quota exceeded",
        ["EROFS"] = "Read-only file system",
        ["EMFILE"] = "Too many open files",
        ["EACCES"] = "Permission denied",
    };

    private int _refused;
    private int _injected;

    [Fact]
    public void Each_call_fails_once_and_for_a_while()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        ConcurrentQueue<(string Call, string Error, int When, bool Lasts, string Policy)> turns = new();
        foreach ((string call, string[] errors) in _calls)
        {
            foreach (string error in errors)
            {
                int whens = DurabilityLength.Of(1, 6);
                for (int i = 0; i < whens; i++)
                {
                    int when = DurabilityLength.IsFull ? i + 1 : random.Next(1, 5);
                    bool isAlways = random.Next(2) == 0;
                    turns.Enqueue((call, error, when, false, isAlways ? "always" : "500ms"));
                    turns.Enqueue((call, error, when, true, isAlways ? "500ms" : "always"));
                }
            }
        }

        int all = turns.Count;
        List<string> failures = [];
        Action[] threads = new Action[AtOnce];
        for (int i = 0; i < AtOnce; i++)
        {
            threads[i] = () =>
            {
                while (turns.TryDequeue(out (string Call, string Error, int When, bool Lasts, string Policy) turn))
                {
                    try
                    {
                        Check(turn.Call, turn.Error, turn.When, turn.Lasts, turn.Policy, seed);
                    }
                    catch (Exception exception)
                    {
                        lock (failures)
                        {
                            failures.Add(turn + ": " + exception);
                        }
                    }
                }
            };
        }

        Watchdog.Run(240, () => turns.Count.ToString(CultureInfo.InvariantCulture), threads);
        output.WriteLine($"{all} nodes; {_injected} system calls failed, {_refused} writes were refused");
        Assert.True(_injected > all && _refused > all, "hardly anything failed");
        if (failures.Count != 0)
        {
            throw new XunitException(failures.Count + " of " + all + " failed (seed " + seed + "):\n" + string.Join("\n\n", failures));
        }
    }

    private void Check(string call, string error, int when, bool lasts, string policy, int seed)
    {
        Random random = new(seed);
        using TemporaryFolder folder = new();
        string data = folder["data"];
        string number = when.ToString(CultureInfo.InvariantCulture) + (lasts ? "+" : string.Empty);
        List<string> injections = [call + ":error=" + error + ":when=" + number];
        if (call == "ftruncate")
        {
            // It is called when a write has failed.
            injections.Add("writev:error=ENOSPC:when=3+4");
        }

        PublishedFault.Run(data, policy, seed, [_words[error], _words["ENOSPC"]], (node, client) =>
        {
            using (new Tracer(node, folder["trace"], PathsOf(data), [.. injections]))
            {
                for (int i = 0; i < Steps; i++)
                {
                    client.Work(1);
                    if (i is FirstRewrite or Save or SecondRewrite)
                    {
                        client.Call(i == Save ? "BGSAVE" : "BGREWRITEAOF");
                    }

                    Thread.Sleep(random.Next(30));
                }

                if (lasts && call is "fdatasync" or "writev")
                {
                    client.WorkUntilRefused(5);
                }
            }

            _ = Interlocked.Add(ref _refused, client.Refused);
            _ = Interlocked.Add(ref _injected, Tracer.Injected(folder["trace"]));
        });
    }

    // Whatever the node opens for its data; not its sockets.
    private static List<string> PathsOf(string data)
    {
        string log = Path.Combine(data, "appendonlydir");
        List<string> paths =
        [
            data, log, Path.Combine(data, "dump.rdb"), Path.Combine(data, "temp-dump.rdb"), Path.Combine(log, "temp-rewrite.rdb"),
            Path.Combine(log, "appendonly.aof.manifest"), Path.Combine(log, "temp-appendonly.aof.manifest"),
        ];
        for (int i = 1; i < Files; i++)
        {
            string name = Path.Combine(log, "appendonly.aof." + i.ToString(CultureInfo.InvariantCulture));
            paths.AddRange([name + ".base.rdb", name + ".incr.aof"]);
        }

        return paths;
    }
}
