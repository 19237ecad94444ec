using System;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>Commands of a master's stream that are not done: what the log is told, and when the master is tried again. The owner of the
/// link's connection.</summary>
internal sealed unsafe class StreamRefusals
{
    private const int LongestShown = 100;

    // When a command failed last; 0: never.
    private long _failed;

    /// <summary>The beginning of an argument, for the log.</summary>
    public static string Show(Argument* argument) => ByteText.Decode(argument->Span[..Math.Min(argument->Length, LongestShown)]);

    /// <summary>What the log is told.</summary>
    /// <param name="arguments">The command; at least its name.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="outcome">Not <see cref="CommandOutcome.Done"/>.</param>
    /// <param name="error">What a client would be answered.</param>
    public static string Describe(Argument* arguments, int count, CommandOutcome outcome, ReadOnlySpan<byte> error)
    {
        string command = Show(arguments);
        string key = count < 2 ? string.Empty : " of the key \"" + Show(arguments + 1) + "\"";
        return outcome == CommandOutcome.UnknownCommand && arguments->Is("function"u8)
            ? "it sends functions, which this program cannot run. --replica-skip-other-types leaves them out"
            : outcome == CommandOutcome.UnknownCommand
            ? "it sends the command " + command + key + ", which is not about strings: only they can be replicated."
                + " --replica-skip-other-types leaves such commands out"
            : "its command " + command + key + " cannot be applied: " + ByteText.Decode(error);
    }

    /// <summary>When the master is tried again, as <see cref="MasterLink.Fail"/> takes it. A command that failed worked at the master, so
    /// the data are different: a snapshot makes them equal. Not at once again if one fails again.</summary>
    public long PauseAfter(CommandOutcome outcome)
    {
        if (outcome != CommandOutcome.Failed)
        {
            return MasterLink.LongPause;
        }

        long last = _failed;
        _failed = Clock.Monotonic();
        return last == 0 || _failed - last > MasterLink.LongPause ? 0 : MasterLink.LongPause;
    }
}
