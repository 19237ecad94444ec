using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>What a thread counts for INFO, LATENCY and the slow log. Written by its thread; others read the numbers in passing.</summary>
internal sealed unsafe class ThreadStatistics
{
    // So many calls of a command are timed one by one, then one in about 64: reading the clock costs as much as a short command.
    private const int FirstTimed = 16;

    // A sample stands for all calls since the one before, and may have been interrupted: then it stands for itself alone.
    private const int Outlier = 8;

    private long _timedSince;
    private long _spentBefore;
    private bool _countsItself;

    /// <summary>By <see cref="Command.Number"/>.</summary>
    public readonly CommandStatistics* Commands =
        (CommandStatistics*)NativeMemory.AllocZeroed(CommandTable.Capacity, (nuint)sizeof(CommandStatistics));

    /// <summary>How long commands took: <see cref="LatencyBuckets.Count"/> numbers for each command.</summary>
    public readonly long* Histograms = (long*)NativeMemory.AllocZeroed(CommandTable.Capacity * LatencyBuckets.Count, sizeof(long));

    /// <summary>Errors by code, <see cref="ErrorCount.MostCodes"/> entries.</summary>
    public readonly ErrorCount* Errors = (ErrorCount*)NativeMemory.AllocZeroed(ErrorCount.MostCodes, (nuint)sizeof(ErrorCount));

    /// <summary>Whether the present command has turned out to be a long one.</summary>
    public bool IsTiming
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _timedSince != 0;
    }

    /// <summary>Runs a command and times it.</summary>
    public void Time(CommandContext call, Command* command)
    {
        _countsItself = true;
        long began = Clock.Monotonic();
        command->Execute(call);
        _countsItself = false;
        _timedSince = 0;
        if (call.RunsAgain)
        {
            _spentBefore = 0;
            return;
        }

        Commands[command->Number].Calls++;
        NoteTimed(call, command->Number, began);
    }

    /// <summary>The present command will run again, and is counted then.</summary>
    public void Uncount(Command* command)
    {
        if (!_countsItself)
        {
            Commands[command->Number].Calls--;
        }
    }

    /// <summary>The present command has run before for so many nanoseconds: they count too.</summary>
    public void WasRunning(long nanoseconds) => _spentBefore = nanoseconds;

    /// <summary>The present command turned out to be a long one: every call of that kind is timed.</summary>
    public void BeginTimed()
    {
        if (_timedSince == 0)
        {
            _timedSince = Clock.Monotonic();
        }
    }

    /// <summary>The command that turned out to be a long one has run, and is counted.</summary>
    public void EndTimed(CommandContext call, Command* command)
    {
        long began = _timedSince;
        _timedSince = 0;
        NoteTimed(call, command->Number, began);
    }

    /// <summary>Commands inside the present one follow (EXEC), each with a time of its own.</summary>
    /// <returns>What <see cref="EndInner"/> needs.</returns>
    public long BeginInner()
    {
        long outer = _timedSince;
        _timedSince = 0;
        return outer;
    }

    /// <summary>The present command is the outer one again.</summary>
    public void EndInner(long outer) => _timedSince = outer;

    /// <summary>The present command will not end: memory ran out.</summary>
    public void GiveUp()
    {
        _countsItself = false;
        _timedSince = 0;
        _spentBefore = 0;
    }

    // A command that was timed, and is counted already.
    private void NoteTimed(CommandContext call, int number, long began)
    {
        long now = Clock.Monotonic();
        long spent = now - began + _spentBefore;
        _spentBefore = 0;
        CommandStatistics* statistics = Commands + number;
        long others = statistics->Calls - statistics->TimedCalls - 1;
        if (others > 0)
        {
            // How long those since the last sample took is not known: as long as this one, unless that was far from usual.
            long usual = statistics->TimedCalls == 0
                ? spent
                : Math.Min(spent, Outlier * (statistics->Nanoseconds / statistics->TimedCalls));
            statistics->Nanoseconds += usual * others;
            NoteLatency(call.Resp, number, usual, others);
        }

        statistics->TimedCalls = statistics->Calls;
        statistics->Nanoseconds += spent;
        NoteLatency(call.Resp, number, spent, 1);
        statistics->UntilTimed = statistics->Calls < FirstTimed ? 0 : 32 + (int)(now & 63);
        if (call.Resp.SlowLog.Wants(spent) && (CommandTable.At(number)->Flags & CommandFlags.SkipSlowLog) == 0)
        {
            call.Resp.SlowLog.Add(call, spent / 1000);
        }

        call.Thread.LookAtTime(now);
    }

    private void NoteLatency(RespCommon node, int number, long nanoseconds, long calls)
    {
        if (node.Options.TracksLatency)
        {
            Histograms[(number * LatencyBuckets.Count) + LatencyBuckets.BucketOf(nanoseconds)] += calls;
        }
    }

    /// <summary>Counts an error by the code its text begins with.</summary>
    public void CountError(ReadOnlySpan<byte> text)
    {
        int length = text.IndexOf((byte)' ');
        ReadOnlySpan<byte> code = text[..Math.Min(length < 0 ? text.Length : length, ErrorCount.LongestCode)];
        for (int i = 0; i < ErrorCount.MostCodes; i++)
        {
            ErrorCount* error = Errors + i;
            if (error->Length == 0)
            {
                code.CopyTo(new Span<byte>(error->Code, ErrorCount.LongestCode));
                error->Length = (byte)code.Length;
            }

            if (code.SequenceEqual(new ReadOnlySpan<byte>(error->Code, error->Length)))
            {
                error->Count++;
                return;
            }
        }
    }
}
