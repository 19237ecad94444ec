using System;
using Epollsrv.Commands;
using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>The load generator; with <c>floor</c> or <c>interference</c> as the first argument, the programs of these names.</summary>
internal static class Program
{
    internal const string Name = "epollsrv-bench";

    private static int Main(string[] arguments)
    {
        // A server that goes away gives EPIPE, not a signal.
        Signals.IgnoreBrokenPipe();
        try
        {
            return arguments is ["floor", ..] ? FloorCommand.Run(arguments.AsSpan(1))
                : arguments is ["interference", ..] ? InterferenceCommand.Run(arguments.AsSpan(1))
                : BenchCommand.Run(arguments);
        }
        catch (SystemRefusedException refusal)
        {
            return Refused(refusal.Message);
        }
        catch (OutOfMemoryException exception)
        {
            return Refused(ProcessExit.Asked(exception));
        }
    }

    private static int Refused(string text)
    {
        StandardOutput.WriteError(Name + ": " + text + "\n");
        return ExitCode.Configuration;
    }
}
