using System.Collections.Generic;

using Epollsrv.Journal.Loading;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>When a person is told how far loading has come.</summary>
public sealed class LoadProgressTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(3_600_000_000_000, 0)]
    public void It_is_told_after_an_interval(long interval, int times)
    {
        List<long> told = [];
        LoadProgress progress = new() { Interval = interval, Tell = now => told.Add(now.Bytes) };
        progress.Advance(10);
        progress.Advance(20);
        Assert.Equal(times, told.Count);
        Assert.Equal(20, progress.Bytes);
    }
}
