using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>What a power cut can take: how old the oldest change is that was acknowledged and that the disk does not have.</summary>
[Trait("Category", "Durability")]
public sealed class LossTests
{
    private const int Synchronizations = 10;

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    public void It_is_about_as_old_as_the_interval(int interval)
    {
        using TemporaryFolder folder = new();
        TimedDisk disk = new();
        string policy = interval.ToString(CultureInfo.InvariantCulture) + "ms";
        using InProcessNode node = new(["--port", "0", "--workers", "1", "--data", folder["data"], "--fsync", policy], disk);
        using RespClient client = new(node);
        disk.Forget();
        NodeUnderTest.Until(() => client.Call("SET", "key", "value") == "+OK" && disk.Count > Synchronizations, policy);
        Assert.Equal(0, node.Stop());

        (double oldest, double atWork) = disk.Oldest();
        TestReport.Write(FormattableString.Invariant(
            $"--fsync {policy}: a power cut takes back at most {oldest:F0} ms of changes; the disk was at work for {atWork:F0} ms of it"));
        Assert.InRange(oldest - atWork, 0, 10 * interval);
    }

    // Notes when the disk begins to have what was written, and when it has it.
    private sealed class TimedDisk : Disk
    {
        private readonly Lock _lock = new();
        private readonly List<(long Began, long Ended)> _synchronizations = [];

        public int Count
        {
            get
            {
                lock (_lock)
                {
                    return _synchronizations.Count;
                }
            }
        }

        public void Forget()
        {
            lock (_lock)
            {
                _synchronizations.Clear();
            }
        }

        /// <summary>A change right after one synchronization has begun is safe when the next has ended. Milliseconds: at most, and how long
        /// the disk took for the two.</summary>
        public (double Oldest, double AtWork) Oldest()
        {
            double oldest = 0;
            double atWork = 0;
            for (int i = 1; i < _synchronizations.Count; i++)
            {
                double age = (_synchronizations[i].Ended - _synchronizations[i - 1].Began) / 1e6;
                if (age > oldest)
                {
                    oldest = age;
                    atWork = (_synchronizations[i].Ended - _synchronizations[i].Began
                        + _synchronizations[i - 1].Ended - _synchronizations[i - 1].Began) / 1e6;
                }
            }

            return (oldest, atWork);
        }

        public override int Synchronize(int descriptor)
        {
            long began = Clock.Monotonic();
            int result = base.Synchronize(descriptor);
            lock (_lock)
            {
                _synchronizations.Add((began, Clock.Monotonic()));
            }

            return result;
        }
    }
}
