using System;
using Epollsrv.Commands;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>The options of <c>epollsrv-bench</c>, and the settings they make.</summary>
internal static class BenchOptions
{
    private const int DefaultPort = 6379;

    /// <summary>Declares the options.</summary>
    public static OptionSet Declare() =>
        new OptionSet(string.Empty, "Puts load on a server and measures its answers.", string.Empty) { Program = Bench.Program.Name }
        .Text("server", "127.0.0.1:6379", "The server: HOST, HOST:PORT, [IPv6]:PORT or unix:PATH.", "ADDRESS")
        .Choice("protocol", "resp", "resp|cs|http|memcached|memcached-meta",
            "What is spoken: GET and SET, CS frames, /kv/KEY, memcached's get and set, or its mg and ms.")
        .Integer("connections", 50, 1, 100_000, "Connections of all threads.").Letter('c')
        .Integer("threads", 1, 1, 256, "Threads of the load generator.").Letter('t')
        .Integer("pipeline", 1, 1, BenchConnection.MostInFlight, "Requests in flight on a connection.").Letter('P')
        .Integer("keys", 100_000, 1, 1_000_000_000, "Different keys.").Letter('k')
        .Choice("distribution", "uniform", "uniform|zipf", "How often each key is asked for.")
        .Text("theta", "0.99", "The exponent of Zipf's law, above 0 to 5.", "NUMBER")
        .Integer("key-size", 16, 1, 4096, "Bytes of a key.")
        .Size("value-size", "64", 1, 1 << 28, "Bytes of a value.")
        .Text("reads", "0.9", "Share of reads, 0 to 1; the rest writes.", "NUMBER")
        .Duration("duration", "10s", "How long to measure.", minimum: 1_000_000)
        .Integer("requests", 0, 0, long.MaxValue / 1024, "Requests in all instead of a time.").Letter('n')
        .Duration("warmup", "1s", "Load before the measurement; none with --requests.")
        .Integer("rate", 0, 0, 100_000_000,
            "Requests that become due per second, times count from then; 0: each as soon as the one before was answered.")
        .Integer("reconnect", 0, 0, 1_000_000, "Requests after which a connection is closed and opened anew; 0: never.")
        .Duration("hold", "off", "Idle time at the end, for the memory of --pid.")
        .Flag("preload", "Write every key first, and check the values read.")
        .Text("password", null, "Password; better from the environment.", "TEXT")
        .Duration("timeout", "30s", "How long to wait for a connection, and with --requests for an answer.", minimum: 1_000_000)
        .List("pid", null, "The server's process: report its CPU time, context switches and memory.", "PID,...")
        .Duration("trace", "300ms",
            "With --pid and no --rate: how long its system calls are counted before the measurement, which slows it.")
        .Flag("json", "Print one line of JSON.")
        .Text("csv", null, "Write a row for every second to this file.", "FILE")
        .Flag("quiet", "Print nothing while running.");

    /// <summary>Turns parsed options into settings.</summary>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int Read(OptionSet options, out BenchSettings settings)
    {
        settings = new BenchSettings
        {
            Protocol = (BenchProtocol)options.GetChoice("protocol"),
            Connections = options.GetInteger("connections"),
            Pipeline = options.GetInteger("pipeline"),
            Keys = options.GetLong("keys"),
            KeySize = options.GetInteger("key-size"),
            ValueSize = (int)options.GetSize("value-size"),
            Requests = options.GetLong("requests"),
            Rate = options.GetLong("rate"),
            Reconnect = options.GetInteger("reconnect"),
            Password = options.GetText("password") is { } password ? PasswordOptions.FirstLine(password) : null,
            Hold = options.GetDuration("hold"),
            Patience = options.GetDuration("timeout"),
            Verify = options.GetFlag("preload"),
        };
        settings.Threads = Math.Min(options.GetInteger("threads"), settings.Connections);
        settings.Duration = settings.Requests > 0 ? 0 : options.GetDuration("duration");
        settings.WarmUp = settings.Requests > 0 ? 0 : options.GetDuration("warmup");
        if (NodeAddress.Parse(options.GetText("server")!, DefaultPort, out SocketAddress address) is { } complaint)
        {
            return options.Refuse("--server: \"" + OptionSet.Readable(options.GetText("server")!) + "\" " + complaint);
        }

        settings.Server = NodeAddress.ForLocalClient(address);
        if (!DecimalText.TryParseMillionths(options.GetText("reads")!, out long reads) || reads > 1_000_000)
        {
            return options.Refuse(
                "--reads: \"" + OptionSet.Readable(options.GetText("reads")!) + "\" is not a share; allowed: 0 to 1, for example 0.9");
        }

        if (!DecimalText.TryParseMillionths(options.GetText("theta")!, out long theta) || theta is < 1 or > 5_000_000)
        {
            return options.Refuse(
                "--theta: \"" + OptionSet.Readable(options.GetText("theta")!)
                + "\" is not an exponent; allowed: 0.000001 to 5, for example 0.99");
        }

        settings.Reads = (int)reads;
        settings.Theta = options.GetChoice("distribution") == 1 ? (int)theta : 0;
        return Check(options, settings);
    }

    // What no single option can know.
    private static int Check(OptionSet options, BenchSettings settings)
    {
        bool isCs = settings.Protocol == BenchProtocol.Cs;
        bool isMemcached = settings.Protocol is BenchProtocol.Memcached or BenchProtocol.MemcachedMeta;
        string? complaint = settings.KeySize < RequestWriter.Digits(settings.Keys - 1) ? "--key-size: too small for so many --keys"
            : isCs && settings.KeySize > Protocol.Cs.CsFrame.MaximumKey ? "--key-size: a CS frame holds at most 255 bytes of key"
            : isCs && settings.ValueSize > Protocol.Cs.CsFrame.MaximumValue ? "--value-size: a CS frame holds at most 255 bytes of value"
            : isMemcached && settings.KeySize > 250 ? "--key-size: memcached takes at most 250 bytes"
            : settings.Password is not null && (isCs || isMemcached)
                ? "--password: this --protocol has none"
            : settings.Password is not null && settings.Password.AsSpan().ContainsAnyInRange('\0', '\x1f')
                ? "--password: control characters are not allowed"
            : settings.Reconnect > 0 && settings.Rate > 0 ? "--reconnect: not together with --rate"
            : settings.Reconnect > 0 && settings.Password is not null && settings.Protocol == BenchProtocol.Resp
                ? "--reconnect: not together with --password"
            : options.GetFlag("json") && options.GetText("csv") == "-" ? "--csv: needs a file"
            : null;
        return complaint is null ? OptionSet.GoOn : options.Refuse(complaint);
    }
}
