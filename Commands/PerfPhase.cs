using System;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>The times of one part of the performance test, and what they come to.</summary>
internal sealed class PerfPhase
{
    private const long ProgressEvery = 100_000_000;

    private readonly long[] _samples;
    private readonly bool _progress;
    private long _nextProgress;
    private int _count;

    /// <summary>Starts a part.</summary>
    /// <param name="name">REGISTER, SEARCH or OBTAIN.</param>
    /// <param name="rounds">How many rounds it will have.</param>
    /// <param name="progress">Whether to keep a line up to date on standard error.</param>
    public PerfPhase(string name, int rounds, bool progress)
    {
        Name = name;
        _samples = new long[rounds];
        _progress = progress;
    }

    /// <summary>REGISTER, SEARCH or OBTAIN.</summary>
    public string Name { get; }

    /// <summary>Why it ended early or was left out; null when every round was measured.</summary>
    public string? Failure { get; set; }

    /// <summary>Whether rounds are left.</summary>
    public bool GoesOn => _count < _samples.Length && Failure is null;

    /// <summary>The average of a round; 0 when there was none.</summary>
    public long MeanNanoseconds
    {
        get
        {
            long total = 0;
            for (int i = 0; i < _count; i++)
            {
                total += _samples[i];
            }

            return _count == 0 ? 0 : total / _count;
        }
    }

    /// <summary>Takes the time of a round, nanoseconds.</summary>
    public void Add(long began, long ended)
    {
        _samples[_count++] = ended - began;
        if (_progress && (ended >= _nextProgress || !GoesOn))
        {
            _nextProgress = ended + ProgressEvery;
            StandardOutput.WriteError(
                "\r" + Name + " " + ValueText.FormatInteger(_count) + " of " + ValueText.FormatInteger(_samples.Length)
                + (GoesOn ? string.Empty : "\r\u001b[K"));
        }
    }

    /// <summary>One row of a table, or an object of JSON.</summary>
    public void Append(StringBuilder text, bool json)
    {
        if (_count == 0 || Failure is not null)
        {
            _ = json
                ? text.Append("  \"").Append(Name.ToLowerInvariant()).Append("\": {\"failure\": \"").Append(Failure?.Replace('"', '\''))
                    .Append("\"}")
                : text.Append(Name.PadRight(10)).Append(Failure).Append('\n');
            return;
        }

        Array.Sort(_samples, 0, _count);
        long average = MeanNanoseconds;
        string mean = NodesCommand.Milliseconds(average);
        string rate = ValueText.FormatInteger(average == 0 ? 0 : 1_000_000_000 / average);
        if (json)
        {
            _ = text.Append("  \"").Append(Name.ToLowerInvariant()).Append("\": {\"rounds\": ").Append(ValueText.FormatInteger(_count))
                .Append(", \"mean_ms\": ").Append(mean)
                .Append(", \"p50_ms\": ").Append(At(500)).Append(", \"p99_ms\": ").Append(At(990)).Append(", \"p99.9_ms\": ")
                    .Append(At(999))
                .Append(", \"max_ms\": ").Append(At(1000)).Append(", \"per_second\": ").Append(rate).Append('}');
            return;
        }

        _ = text.Append(Name.PadRight(10)).Append(ValueText.FormatInteger(_count).PadLeft(8)).Append(mean.PadLeft(10))
            .Append(At(500).PadLeft(10))
            .Append(At(990).PadLeft(10)).Append(At(999).PadLeft(10)).Append(At(1000).PadLeft(10)).Append(rate.PadLeft(10)).Append('\n');
    }

    /// <summary>The table's first line.</summary>
    public static string Header => "            rounds   mean ms    p50 ms    p99 ms  p99.9 ms    max ms  rounds/s\n";

    // Nearest rank: the smallest sample that at least this share (in thousandths) does not exceed.
    private string At(int thousandths) =>
        NodesCommand.Milliseconds(_samples[(int)Math.Clamp((((long)_count * thousandths) + 999) / 1000, 1, _count) - 1]);
}
