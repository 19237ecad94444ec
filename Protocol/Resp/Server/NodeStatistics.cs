using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Sums of what the threads counted, since the start or the last CONFIG RESETSTAT. The threads' own counters are never reset, because only
/// they may write them: what they were at the reset is taken away. Any thread.
/// </summary>
internal sealed unsafe class NodeStatistics
{
    private readonly CommandStatistics[] _commandsBefore = new CommandStatistics[CommandTable.Capacity];
    private readonly Lock _lock = new();
    private readonly byte[] _runIdentifier = new byte[40];
    private long[]? _histogramsBefore;
    private ErrorTally[] _errorsBefore = [];
    private Counters _countersBefore;
    private long _peak;
    private long _resident;
    private long _expiryNanoseconds;

    /// <summary>Makes a new identity.</summary>
    public NodeStatistics()
    {
        Span<byte> random = stackalloc byte[20];
        RandomBytes.Fill(random);
        for (int i = 0; i < _runIdentifier.Length; i++)
        {
            _runIdentifier[i] = "0123456789abcdef"u8[(random[i / 2] >> (4 * (i & 1))) & 15];
        }
    }

    /// <summary>40 hexadecimal digits, random at each start.</summary>
    public ReadOnlySpan<byte> RunIdentifier => _runIdentifier;

    /// <summary>Most bytes that were seen in use (not at every moment: when the loop or INFO looked).</summary>
    public long Peak => Volatile.Read(ref _peak); // pairs with NoteUsed

    /// <summary>Resident memory of the process when it was looked at last, bytes.</summary>
    public long Resident
    {
        get => Volatile.Read(ref _resident); // pairs with the set
        set => Volatile.Write(ref _resident, value);
    }

    /// <summary>Nanoseconds of processor time spent on removing expired keys in the
    /// background. Written by the one job there is at a time, read in passing.</summary>
    public long ExpiryNanoseconds
    {
        get => Volatile.Read(ref _expiryNanoseconds); // pairs with the set
        set => Volatile.Write(ref _expiryNanoseconds, value);
    }

    /// <summary>Notes how much is in use.</summary>
    public long NoteUsed(long bytes)
    {
        if (bytes > Peak)
        {
            Volatile.Write(ref _peak, bytes); // a lost race loses one look
        }

        return bytes;
    }

    /// <summary>What all threads counted about a command.</summary>
    public CommandStatistics Of(RespCommon node, int number)
    {
        CommandStatistics sum = Sum(node, number);
        ref CommandStatistics before = ref _commandsBefore[number];
        sum.Calls = Math.Max(0, sum.Calls - before.Calls);
        sum.TimedCalls = Math.Max(0, sum.TimedCalls - before.TimedCalls);
        sum.Nanoseconds = Math.Max(0, sum.Nanoseconds - before.Nanoseconds);
        sum.Rejected = Math.Max(0, sum.Rejected - before.Rejected);
        sum.Failed = Math.Max(0, sum.Failed - before.Failed);
        return sum;
    }

    /// <summary>A command's latencies. Calls since the last that was timed
    /// (<see cref="CommandStatistics.TimedCalls"/>) count with the average.</summary>
    /// <returns>How many there are in all.</returns>
    public long Latencies(RespCommon node, int number, Span<long> histogram)
    {
        SumLatencies(node, number, histogram);
        long[]? before = Volatile.Read(ref _histogramsBefore); // pairs with Reset
        long total = 0;
        for (int i = 0; i < histogram.Length; i++)
        {
            histogram[i] = Math.Max(0, histogram[i] - (before is null ? 0 : before[(number * LatencyBuckets.Count) + i]));
            total += histogram[i];
        }

        CommandStatistics statistics = Of(node, number);
        long untimed = statistics.Calls - statistics.TimedCalls;
        if (untimed > 0 && node.Options.TracksLatency)
        {
            histogram[LatencyBuckets.BucketOf(statistics.TimedCalls == 0 ? 0 : statistics.Nanoseconds / statistics.TimedCalls)] += untimed;
            total += untimed;
        }

        return total;
    }

    /// <summary>Errors by code.</summary>
    public ErrorTally[] Errors(RespCommon node)
    {
        ErrorTally[] errors = SumErrors(node);
        foreach (ErrorTally before in Volatile.Read(ref _errorsBefore)) // pairs with Reset
        {
            foreach (ErrorTally error in errors)
            {
                error.Count -= error.Code.AsSpan().SequenceEqual(before.Code) ? before.Count : 0;
            }
        }

        return errors;
    }

    /// <summary>What the engine counted.</summary>
    public Counters Count(Server server)
    {
        Counters sum = Sum(server);
        sum.Accepted -= _countersBefore.Accepted;
        sum.Rejected -= _countersBefore.Rejected;
        sum.Requests -= _countersBefore.Requests;
        sum.BytesIn -= _countersBefore.BytesIn;
        sum.BytesOut -= _countersBefore.BytesOut;
        return sum;
    }

    /// <summary>Begins to count anew (CONFIG RESETSTAT).</summary>
    public void Reset(RespCommon node, Server server)
    {
        lock (_lock)
        {
            long[] histograms = new long[CommandTable.Capacity * LatencyBuckets.Count];
            for (int number = 1; number < CommandTable.Count; number++)
            {
                _commandsBefore[number] = Sum(node, number);
                SumLatencies(node, number, histograms.AsSpan(number * LatencyBuckets.Count, LatencyBuckets.Count));
            }

            Volatile.Write(ref _histogramsBefore, histograms); // pairs with Latencies
            Volatile.Write(ref _errorsBefore, SumErrors(node)); // pairs with Errors
            _countersBefore = Sum(server);
            Volatile.Write(ref _peak, 0); // pairs with Peak
        }
    }

    private static CommandStatistics Sum(RespCommon node, int number)
    {
        CommandStatistics sum = default;
        foreach (CommandContext call in node.Calls)
        {
            CommandStatistics* statistics = call.Statistics.Commands + number;
            sum.Calls += statistics->Calls;
            sum.TimedCalls += statistics->TimedCalls;
            sum.Nanoseconds += statistics->Nanoseconds;
            sum.Rejected += statistics->Rejected;
            sum.Failed += statistics->Failed;
        }

        return sum;
    }

    private static void SumLatencies(RespCommon node, int number, Span<long> histogram)
    {
        histogram.Clear();
        foreach (CommandContext call in node.Calls)
        {
            long* counts = call.Statistics.Histograms + (number * LatencyBuckets.Count);
            for (int i = 0; i < LatencyBuckets.Count; i++)
            {
                histogram[i] += counts[i];
            }
        }
    }

    private static ErrorTally[] SumErrors(RespCommon node)
    {
        ErrorTally[] tallies = [];
        foreach (CommandContext call in node.Calls)
        {
            for (int i = 0; i < ErrorCount.MostCodes && call.Statistics.Errors[i].Length != 0; i++)
            {
                ErrorCount* error = call.Statistics.Errors + i;
                Tally(ref tallies, new ReadOnlySpan<byte>(error->Code, error->Length)).Count += error->Count;
            }
        }

        return tallies;
    }

    private static ErrorTally Tally(ref ErrorTally[] tallies, ReadOnlySpan<byte> code)
    {
        foreach (ErrorTally tally in tallies)
        {
            if (code.SequenceEqual(tally.Code))
            {
                return tally;
            }
        }

        Array.Resize(ref tallies, tallies.Length + 1);
        return tallies[^1] = new ErrorTally { Code = code.ToArray() };
    }

    private static Counters Sum(Server server)
    {
        Counters sum = default;
        foreach (ThreadContext thread in server.Threads)
        {
            sum.Accepted += thread.Counters->Accepted;
            sum.Rejected += thread.Counters->Rejected;
            sum.Requests += thread.Counters->Requests;
            sum.BytesIn += thread.Counters->BytesIn;
            sum.BytesOut += thread.Counters->BytesOut;
            sum.LongJobs += thread.Counters->LongJobs;
            sum.ManagedBytes += thread.Counters->ManagedBytes;
        }

        return sum;
    }
}
