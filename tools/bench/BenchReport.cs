using System.Text;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>The result of a run, for people and as JSON (one object, one line, no nesting: shell scripts read it too).</summary>
internal static class BenchReport
{
    private static readonly int[] _percentiles = [500_000, 900_000, 990_000, 999_000, 999_900, 1_000_000];
    private static readonly string[] _names = ["p50", "p90", "p99", "p99.9", "p99.99", "max"];

    /// <summary>Nanoseconds as microseconds with a digit after the point.</summary>
    public static string Microseconds(double nanoseconds) => DecimalText.Format(nanoseconds / 1000, 1);

    /// <summary>Lines for people.</summary>
    public static string Text(LoadRun run)
    {
        BenchSettings settings = run.Settings;
        StringBuilder text = new();
        _ = text.Append(Describe(settings)).Append('\n');
        double seconds = run.Elapsed / 1e9;
        Line(text, "requests", ValueText.FormatInteger(run.Requests) + " in " + DecimalText.Format(seconds, 2) + " s");
        Line(text, "requests per second", DecimalText.Format(run.Requests / System.Math.Max(1e-9, seconds), 0));
        for (int i = 0; i < _names.Length; i++)
        {
            Line(text, (i == 0 ? "latency " : "        ") + _names[i], Microseconds(run.Latency.Percentile(_percentiles[i])) + " us");
        }

        Line(text, "errors", ValueText.FormatInteger(run.Errors)
            + (run.FirstError is null ? string.Empty : ", the first: " + run.FirstError));
        Line(text, "misses", ValueText.FormatInteger(run.Misses));
        if (run.Unanswered > 0)
        {
            Line(text, "unanswered", ValueText.FormatInteger(run.Unanswered) + " waited for very long at the end, and count with that");
        }

        Line(text, "client CPU", PerRequest(run, run.ClientCpu / 1e9) + " us per request");
        if (run.Process is { } process)
        {
            Line(text, "server CPU", PerRequest(run, process.User + process.System) + " us per request (user "
                + PerRequest(run, process.User)
                + ", system " + PerRequest(run, process.System) + ")");
            Line(text, "server switches", Ratio(run, process.Voluntary) + " voluntary, " + Ratio(run, process.Involuntary)
                + " involuntary per request");
            string calls = process.CallsPerRequest < 0 ? "not counted" : DecimalText.Format(process.CallsPerRequest, 3) + " per request";
            Line(text, "server system calls", process.CallsFailure is null ? calls : calls + ": " + process.CallsFailure);
            Line(text, "server memory", ValueText.FormatInteger(process.Resident / 1024) + " KB resident");
        }

        return text.ToString();
    }

    /// <summary>One line of JSON.</summary>
    public static string Json(LoadRun run)
    {
        BenchSettings settings = run.Settings;
        StringBuilder text = new("{");
        Add(text, "server", Quote(settings.Server.ToString()));
        Add(text, "protocol", Quote(Name(settings.Protocol)));
        Add(text, "connections", ValueText.FormatInteger(settings.Connections));
        Add(text, "threads", ValueText.FormatInteger(settings.Threads));
        Add(text, "pipeline", ValueText.FormatInteger(settings.Pipeline));
        Add(text, "keys", ValueText.FormatInteger(settings.Keys));
        Add(text, "theta", DecimalText.Format(settings.Theta / 1e6, 6));
        Add(text, "key_size", ValueText.FormatInteger(settings.KeySize));
        Add(text, "value_size", ValueText.FormatInteger(settings.ValueSize));
        Add(text, "reads", DecimalText.Format(settings.Reads / 1e6, 6));
        Add(text, "rate", ValueText.FormatInteger(settings.Rate));
        Add(text, "reconnect", ValueText.FormatInteger(settings.Reconnect));
        Add(text, "seconds", DecimalText.Format(run.Elapsed / 1e9, 6));
        Add(text, "requests", ValueText.FormatInteger(run.Requests));
        Add(text, "requests_per_second", DecimalText.Format(run.Requests / System.Math.Max(1e-9, run.Elapsed / 1e9), 1));
        Add(text, "errors", ValueText.FormatInteger(run.Errors));
        Add(text, "first_error", run.FirstError is null ? "null" : Quote(run.FirstError));
        Add(text, "misses", ValueText.FormatInteger(run.Misses));
        Add(text, "unanswered", ValueText.FormatInteger(run.Unanswered));
        Add(text, "mean_us", Microseconds(run.Latency.Mean()));
        for (int i = 0; i < _names.Length; i++)
        {
            Add(text, _names[i].Replace('.', '_') + "_us", Microseconds(run.Latency.Percentile(_percentiles[i])));
        }

        Add(text, "client_cpu_us", PerRequest(run, run.ClientCpu / 1e9));
        if (run.Process is { } process)
        {
            Add(text, "server_user_us", PerRequest(run, process.User));
            Add(text, "server_system_us", PerRequest(run, process.System));
            Add(text, "server_voluntary_switches", Ratio(run, process.Voluntary));
            Add(text, "server_involuntary_switches", Ratio(run, process.Involuntary));
            Add(text, "server_system_calls", process.CallsPerRequest < 0 ? "null" : DecimalText.Format(process.CallsPerRequest, 4));
            Add(text, "server_threads", ValueText.FormatInteger(process.Threads));
            Add(text, "server_resident_bytes", ValueText.FormatInteger(process.Resident));
        }

        text.Length--;
        return text.Append("}\n").ToString();
    }

    /// <summary>The protocol as --protocol names it.</summary>
    public static string Name(BenchProtocol protocol) => protocol switch
    {
        BenchProtocol.Resp => "resp",
        BenchProtocol.Cs => "cs",
        BenchProtocol.Http => "http",
        BenchProtocol.MemcachedMeta => "memcached-meta",
        _ => "memcached",
    };

    private static string Describe(BenchSettings settings)
        => Name(settings.Protocol) + " " + settings.Server.ToString() + ": " + ValueText.FormatInteger(settings.Connections)
            + " connections, "
            + ValueText.FormatInteger(settings.Pipeline) + " in flight on each, " + DecimalText.Format(settings.Reads / 1e4, 1)
                + " % reads, "
            + ValueText.FormatInteger(settings.Keys)
                + (settings.Theta > 0 ? " keys by Zipf's law with theta " + DecimalText.Format(settings.Theta / 1e6, 2) : " keys")
            + ", values of " + ValueText.FormatInteger(settings.ValueSize) + " bytes"
            + (settings.Rate > 0 ? ", " + ValueText.FormatInteger(settings.Rate) + " due per second" : string.Empty)
            + (settings.Reconnect > 0 ? ", a connection for every " + ValueText.FormatInteger(settings.Reconnect) : string.Empty);

    private static string PerRequest(LoadRun run, double seconds) =>
        DecimalText.Format(seconds * 1e6 / System.Math.Max(1, run.Requests), 3);

    private static string Ratio(LoadRun run, long count) => DecimalText.Format((double)count / System.Math.Max(1, run.Requests), 4);

    private static void Line(StringBuilder text, string name, string value) =>
        _ = text.Append("  ").Append(name.PadRight(22)).Append(value).Append('\n');

    private static void Add(StringBuilder text, string name, string value) =>
        _ = text.Append('"').Append(name).Append("\":").Append(value).Append(',');

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
}
