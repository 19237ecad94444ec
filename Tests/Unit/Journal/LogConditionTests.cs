using System.Collections.Generic;

using Epollsrv.Journal;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>What is wrong with a log, and a file whose synchronization has failed.</summary>
public sealed unsafe class LogConditionTests
{
    [Fact]
    public void What_is_lost_stays_lost_until_that_is_mended()
    {
        using TemporaryFolder folder = new();
        LogFile file = LogFile.Open(new Disk(), folder["log"], truncate: true, out _)!;
        List<LogState> told = [];
        LogCondition condition = null!;
        LogListener listener = new() { Owner = new object[] { told, null! }, StateChanged = &Note, Reached = &Ignore };
        condition = new LogCondition(listener);
        ((object[])listener.Owner)[1] = condition;
        condition.Fail(LogState.CannotWrite, "cannot write", file, -Errno.NoSpace);
        condition.Mend(LogState.Lost);
        Assert.Equal(LogState.CannotWrite, condition.State);
        condition.Fail(LogState.Lost, "cannot write to the disk", file, -Errno.InputOutput);
        condition.Fail(LogState.CannotWrite, "cannot write", file, -Errno.NoSpace);
        condition.Mend(LogState.CannotWrite);
        Assert.Equal((LogState.Lost, -Errno.InputOutput), (condition.State, condition.ErrorNumber));
        condition.Mend(LogState.Lost);
        Assert.Equal([LogState.CannotWrite, LogState.Lost, LogState.Sound], told);
        file.Close();
    }

    [Fact]
    public void A_second_synchronization_after_one_that_failed_is_not_believed()
    {
        using TemporaryFolder folder = new();
        LogFile file = LogFile.Open(new FailingOnce(), folder["log"], truncate: true, out _)!;
        Assert.Equal(-Errno.InputOutput, file.Synchronize());
        Assert.Equal(-Errno.InputOutput, file.Synchronize());
        file.Close();
        Assert.Equal(-Errno.InputOutput, file.Synchronize());
    }

    private static void Note(object owner)
    {
        object[] both = (object[])owner;
        ((List<LogState>)both[0]).Add(((LogCondition)both[1]).State);
    }

    private static void Ignore(object owner, long position)
    {
    }

    private sealed class FailingOnce : Disk
    {
        private bool _hasFailed;

        public override int Synchronize(int descriptor)
        {
            bool fails = !_hasFailed;
            _hasFailed = true;
            return fails ? -Errno.InputOutput : base.Synchronize(descriptor);
        }
    }
}
