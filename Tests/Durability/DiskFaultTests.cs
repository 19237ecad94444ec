using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>Every call that changes the directory fails in turn, once and for a while, with each error that disks have.</summary>
[Trait("Category", "Durability")]
public sealed class DiskFaultTests(ITestOutputHelper output)
{
    private const int AtOnce = 6;

    // ENOSPC, EIO, EDQUOT, EROFS, EMFILE.
    private static readonly int[] _errors = [28, 5, 122, 30, 24];

    [Theory]
    [InlineData("always", false)]
    [InlineData("500ms", false)]
    [InlineData("always", true)]
    [InlineData("500ms", true)]
    public void Each_call_fails_in_turn(string policy, bool switches)
    {
        int seed = TestSeed.Choose();
        FailingDisk counting = new(null, 0, 0, false);
        new FaultScenario(counting, 0, policy, switches, seed).Run();
        ConcurrentQueue<(DiskCall Call, int Number, bool Lasts)> turns = new();
        foreach (DiskCall call in Enum.GetValues<DiskCall>())
        {
            // What follows a failure makes calls that a sound run has not.
            int last = Math.Min(counting.Count(call) + 3, DurabilityLength.Of(30, 1000));
            for (int number = 1; number <= last; number++)
            {
                turns.Enqueue((call, number, false));
                turns.Enqueue((call, number, true));
            }
        }

        List<string> failures = [];
        int refused = 0;
        int lost = 0;
        int failed = 0;
        int all = turns.Count;
        Action[] threads = new Action[AtOnce];
        for (int i = 0; i < AtOnce; i++)
        {
            threads[i] = () =>
            {
                while (turns.TryDequeue(out (DiskCall Call, int Number, bool Lasts) turn))
                {
                    int error = _errors[(turn.Number + (turn.Lasts ? 2 : 0)) % _errors.Length];
                    FailingDisk disk = new(turn.Call, turn.Number, error, turn.Lasts);
                    FaultScenario scenario = new(disk, error, policy, switches, seed);
                    try
                    {
                        scenario.Run();
                    }
                    catch (Exception exception)
                    {
                        lock (failures)
                        {
                            failures.Add(turn + " " + scenario + ": " + exception);
                        }
                    }

                    lock (failures)
                    {
                        refused += scenario.Refused;
                        lost += scenario.Lost;
                        failed += disk.HasFailed ? 1 : 0;
                    }
                }
            };
        }

        Watchdog.Run(120, () => turns.Count.ToString(CultureInfo.InvariantCulture), threads);
        output.WriteLine($"{failed} of {all} disks failed; {refused} writes were refused, {lost} connections ended");
        Assert.True(refused > 0 && lost > 0 && failed > all / 2, "nothing failed");
        if (failures.Count != 0)
        {
            throw new XunitException(failures.Count + " of " + all + " failed (seed " + seed + "):\n" + string.Join("\n\n", failures));
        }
    }
}
