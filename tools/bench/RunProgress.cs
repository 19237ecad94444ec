using System.Text;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>What happens during a run, second by second: a line on the terminal, rows of a CSV file. Main thread.</summary>
internal sealed class RunProgress
{
    /// <summary>The first line of the CSV file.</summary>
    private const string Columns = "second,requests_per_second,errors,p50_us,p99_us,max_us\n";

    private readonly bool _onTerminal;
    private readonly int _file;
    private readonly Histogram _before = new();
    private readonly Histogram _interval = new();
    private long _begin;
    private long _last;
    private long _replies;
    private long _errors;

    /// <summary>Prepares.</summary>
    /// <param name="onTerminal">Whether a line on standard error is kept up to date.</param>
    /// <param name="file">The CSV file's descriptor, or negative.</param>
    public RunProgress(bool onTerminal, int file)
    {
        _onTerminal = onTerminal;
        _file = file;
    }

    /// <summary>The measurement begins.</summary>
    public void Begin(LoadRun run, long now)
    {
        _begin = now;
        _last = now;
        _replies = run.Replies();
        _errors = run.ErrorsSoFar();
        run.AddLatency(_before);
        Write(Columns);
    }

    /// <summary>A second is over.</summary>
    public void Tick(LoadRun run, long now)
    {
        _interval.Clear();
        run.AddLatency(_interval);
        _interval.Merge(_before, -1);
        _before.Merge(_interval);
        long replies = run.Replies();
        long errors = run.ErrorsSoFar();
        double rate = (replies - _replies) * 1e9 / System.Math.Max(1, now - _last);
        string second = DecimalText.Format((now - _begin) / 1e9, 1);
        Write(second + "," + DecimalText.Format(rate, 0) + "," + ValueText.FormatInteger(errors - _errors)
            + "," + BenchReport.Microseconds(_interval.Percentile(500_000))
            + "," + BenchReport.Microseconds(_interval.Percentile(990_000))
            + "," + BenchReport.Microseconds(_interval.Percentile(1_000_000)) + "\n");
        if (_onTerminal)
        {
            StandardOutput.WriteError("\r" + second.PadLeft(7) + " s  " + DecimalText.Format(rate, 0).PadLeft(9) + " requests/s   p50 "
                + BenchReport.Microseconds(_interval.Percentile(500_000)) + " us   p99 "
                    + BenchReport.Microseconds(_interval.Percentile(990_000))
                + " us" + (errors > 0 ? "   " + ValueText.FormatInteger(errors) + " errors" : string.Empty) + "\u001b[K");
        }

        _last = now;
        _replies = replies;
        _errors = errors;
    }

    /// <summary>The run is over: clears the line.</summary>
    public void End()
    {
        if (_onTerminal)
        {
            StandardOutput.WriteError("\r\u001b[K");
        }
    }

    private void Write(string line)
    {
        if (_file >= 0)
        {
            _ = StandardOutput.Write(_file, Encoding.ASCII.GetBytes(line));
        }
    }
}
