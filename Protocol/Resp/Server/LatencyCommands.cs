using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>LATENCY: histograms of commands. Events (latency-monitor-threshold)
/// are not monitored, which their subcommands say as Redis does.</summary>
internal static unsafe class LatencyCommands
{
    /// <summary>LATENCY HISTOGRAM [command …]: how many calls took up to so many microseconds, by powers of two.</summary>
    public static void Histogram(CommandContext call)
    {
        if (call.DeferLong())
        {
            return;
        }

        Span<long> histogram = stackalloc long[LatencyBuckets.Count];
        ReplyBuffer buffer = default;
        long shown = 0;
        if (call.Count == 2)
        {
            for (int number = 1; number < CommandTable.Count; number++)
            {
                shown += Add(call, ref buffer, number, histogram);
            }
        }

        for (int i = 2; i < call.Count; i++)
        {
            Command* command = CommandNames.Find(call.Arguments[i].Span);
            if (command == null)
            {
                continue;
            }

            shown += Add(call, ref buffer, command->Number, histogram);
            for (int sub = 0; sub < command->Subcommands; sub++)
            {
                shown += Add(call, ref buffer, command->Relative + sub, histogram);
            }
        }

        call.Reply.Map(shown);
        buffer.Send(call.Thread);
    }

    /// <summary>LATENCY LATEST, and HISTORY event: no events are monitored.</summary>
    public static void Latest(CommandContext call) => call.Reply.Array(0);

    /// <summary>LATENCY HISTORY event.</summary>
    public static void History(CommandContext call) => call.Reply.Array(0);

    /// <summary>LATENCY GRAPH event.</summary>
    public static void Graph(CommandContext call) =>
        call.ReplyErrorAbout("ERR No samples available for event '"u8, call.Arguments[2].Span, "'"u8);

    /// <summary>LATENCY RESET [event …]: how many events were reset.</summary>
    public static void Reset(CommandContext call) => call.Reply.Integer(0);

    /// <summary>LATENCY DOCTOR.</summary>
    public static void Doctor(CommandContext call) => call.Reply.Verbatim(
        "txt"u8,
        "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n"u8);

    /// <summary>LATENCY HELP.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        LATENCY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        DOCTOR
            Return a human readable latency analysis report.
        GRAPH <event>
            Return an ASCII latency graph for the <event> class.
        HISTORY <event>
            Return time-latency samples for the <event> class.
        LATEST
            Return the latest latency samples for all events.
        RESET [<event> ...]
            Reset latency data of one or more <event> classes.
            (default: reset all data for all event classes)
        HISTOGRAM [COMMAND ...]
            Return a cumulative distribution of latencies in the format of a histogram for the specified command names.
            If no commands are specified then all histograms are replied.
        HELP
            Prints this help.
        """u8);

    private static int Add(CommandContext call, ref ReplyBuffer buffer, int number, Span<long> histogram)
    {
        long total = call.Resp.Statistics.Latencies(call.Resp, number, histogram);
        if (total == 0)
        {
            return 0;
        }

        ReadOnlySpan<byte> name = CommandTable.At(number)->Name;
        fixed (byte* data = name)
        {
            buffer.AddBulk(data, name.Length);
        }

        int pairs = 0;
        for (int power = 0; power < Powers; power++)
        {
            pairs += CountOf(histogram, power) > 0 ? 1 : 0;
        }

        buffer.AddMap(call.Reply.IsVersion3, 2);
        buffer.Add("$5\r\ncalls\r\n"u8);
        buffer.Add((byte)':', total);
        buffer.Add("$14\r\nhistogram_usec\r\n"u8);
        buffer.AddMap(call.Reply.IsVersion3, pairs);
        long seen = 0;
        for (int power = 0; power < Powers; power++)
        {
            long count = CountOf(histogram, power);
            seen += count;
            if (count > 0)
            {
                // Redis names a step of 1024 · 2^n ns by the end of the histogram bucket that holds it.
                buffer.Add((byte)':', ((1024L << power) + (8L << power) - 1) / 1000);
                buffer.Add((byte)':', seen);
            }
        }

        return 1;
    }

    private const int Powers = 26;

    // Calls up to 1024 · 2^power ns that took longer than half of that.
    private static long CountOf(ReadOnlySpan<long> histogram, int power)
    {
        int last = LatencyBuckets.BucketOf(1024L << power);
        int first = power == 0 ? 0 : LatencyBuckets.BucketOf(1024L << (power - 1)) + 1;
        long count = 0;
        for (int i = first; i <= Math.Min(last, histogram.Length - 1); i++)
        {
            count += histogram[i];
        }

        return count;
    }
}
