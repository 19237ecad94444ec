using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <content>What this thread counts for INFO, LATENCY and the slow log.</content>
internal sealed unsafe partial class RespCall
{
    private long _timedSince;
    private bool _timesAll;

    /// <summary>How long commands took: <see cref="LatencyHistogram.Buckets"/> numbers for each command. Others read it in passing.</summary>
    public long* Histograms { get; }

    /// <summary>Errors by code, <see cref="ErrorCount.MostCodes"/> entries. Others read it in passing.</summary>
    public ErrorCount* Errors { get; }

    // The present command turned out to be a long one: it is timed alone, by two looks at the clock.
    private void BeginTimed()
    {
        if (_timedSince == 0)
        {
            _timedSince = Clock.Monotonic();

            // No command has this number, so that NoteTouched is called when the command has returned.
            _lastTouched = -1;
        }
    }

    private void EndTimed(int number)
    {
        long spent = Clock.Monotonic() - _timedSince;
        _timedSince = 0;
        _lastTouched = 0;
        NoteTimed(number, spent);
    }

    // A command that was timed alone, and is counted already. The others of this job share what is left of its time.
    private void NoteTimed(int number, long nanoseconds)
    {
        CommandStatistics* statistics = Statistics + number;
        statistics->TimedCalls++;
        statistics->Nanoseconds += nanoseconds;
        _seenBusy += nanoseconds;
        NoteLatency(number, nanoseconds, 1);
        if (Node.SlowLog.Wants(nanoseconds) && (CommandTable.At(number)->Flags & CommandFlags.SkipSlowLog) == 0)
        {
            Node.SlowLog.Add(this, nanoseconds / 1000);
        }
    }

    private void NoteLatency(int number, long nanoseconds, long calls)
    {
        if (Node.TracksLatency)
        {
            Histograms[(number * LatencyHistogram.Buckets) + LatencyHistogram.BucketOf(nanoseconds)] += calls;
        }
    }

    private void CountError(ReadOnlySpan<byte> text)
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
