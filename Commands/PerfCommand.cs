using System;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv perf</c>: times of registering, searching and obtaining, as the C program's performance test takes them.</summary>
internal static class PerfCommand
{
    /// <summary>Rounds of each part, as in the C program.</summary>
    public const int DefaultRounds = 10_000;

    /// <summary>Runs the command: 0 measured, 1 a part failed, 69 no node reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet("perf", "Measures the ring: REGISTER (names that nobody else uses, withdrawn again), SEARCH and OBTAIN of the file NAME. Without NAME, SEARCH takes a name of its own and OBTAIN is left out.", "[NAME]")
            .Integer("rounds", DefaultRounds, 1, 100_000_000, "Rounds of each part.").Letter('n')
            .Integer("files", 1, 1, 1_000_000, "How many names a round of REGISTER registers and withdraws.")
            .Flag("json", "As JSON.")
            .AddRing();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        string? wanted = options.Positional.Length > 0 ? options.Positional[0] : null;
        byte[][] names = Names(options.GetInteger("files"));
        if ((wanted is null ? names[0] : RingOptions.ToKey(options, wanted)) is not { } key)
        {
            return ExitCode.Usage;
        }

        using RingClient client = options.Connect(nodes);
        PerfTest test = new(client, options.GetInteger("rounds"));
        RingOperation operation = new();

        // An address that belongs to nobody (RFC 5737): should one of these names be left behind, no peer is asked in vain for long.
        byte[] holder = "192.0.2.1 9"u8.ToArray();
        if (client.Run(operation.Set(RingVerb.Register, names[0], holder)) == RingResult.Unreachable)
        {
            return RingOptions.Conclude(operation, "perf");
        }

        PerfPhase search = test.Search(key);
        _ = client.Run(operation.Set(RingVerb.Withdraw, names[0], holder));
        PerfPhase register = test.Register(names, holder);
        PerfPhase[] phases = wanted is null ? [register, search] : [register, search, test.Obtain(key)];
        StandardOutput.Write(PerfTest.Report(phases, options.GetFlag("json")));
        bool failed = Array.Exists(phases, static phase => phase.Failure is not null);
        return failed ? ExitCode.Failed : ExitCode.Success;
    }

    private static byte[][] Names(int count)
    {
        string prefix = "epollsrv-perf-" + RandomBytes.NextText() + "-";
        byte[][] names = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            names[i] = Encoding.ASCII.GetBytes(prefix + ValueText.FormatInteger(i));
        }

        return names;
    }
}
