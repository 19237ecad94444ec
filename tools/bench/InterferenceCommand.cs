using System;
using Epollsrv.Commands;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>
/// <c>epollsrv-bench interference</c> (not in the help): how much processor time the kernel says that a short piece of arithmetic took, at
/// most. It takes no lock, waits for nothing and touches no memory, so what is above the least is of interrupts and of the machine's host.
/// Short times of other programs, as that for which a lock is held, have the same added.
/// </summary>
internal static class InterferenceCommand
{
    private const int Steps = 20_000;

    // Between two pieces, so that it takes little from what is measured beside it.
    private const long PauseNanoseconds = 500_000;

    // Knuth, The Art of Computer Programming 2, 3.3.4, table 1: a linear congruential generator.
    private const ulong Multiplier = 6364136223846793005;

    /// <summary>Runs for the duration and prints one line of JSON.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "interference", "Measures what the machine adds to the processor time of a short piece of arithmetic.", string.Empty)
        { Program = Program.Name }
            .Duration("duration", "10s", "How long.");
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        long end = Clock.Monotonic() + options.GetDuration("duration");
        long pieces = 0;
        long least = long.MaxValue;
        long most = 0;
        ulong number = 1;
        while (Clock.Monotonic() < end)
        {
            long began = Clock.ThreadCpuTime();
            for (int i = 0; i < Steps; i++)
            {
                number = (number * Multiplier) + 1;
            }

            long took = Clock.ThreadCpuTime() - began;
            least = Math.Min(least, took);
            most = Math.Max(most, took);
            pieces++;
            Clock.Sleep(PauseNanoseconds);
        }

        // The last number, so that it has to be computed.
        string times = Field("least_us", least / 1000) + "," + Field("most_us", most / 1000);
        StandardOutput.Write("{" + Field("pieces", pieces) + "," + times + "," + Field("number", (long)(number >> 1)) + "}\n");
        return ExitCode.Success;
    }

    private static string Field(string name, long value) => "\"" + name + "\":" + ValueText.FormatInteger(value);
}
