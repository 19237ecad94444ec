using System;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv get KEY</c>: writes a value to standard output, byte for byte.</summary>
internal static class GetCommand
{
    /// <summary>Runs the command: 0 found, 1 not found, 69 nobody reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet("get", "Writes what the ring holds under a key to standard output, exactly; on a terminal a newline follows.", "KEY").AddRing();
        int code = options.Parse(arguments, out RingNode[] nodes);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        if (RingOptions.ToKey(options, options.Positional[0]) is not { } key)
        {
            return ExitCode.Usage;
        }

        using RingClient client = options.Connect(nodes);
        RingOperation operation = new();
        _ = client.Run(operation.Set(RingVerb.Get, key));
        code = RingOptions.Conclude(operation, options.Positional[0]);
        if (code == ExitCode.Success && !(StandardOutput.Write(1, operation.Value) && (!Descriptor.IsTerminal(1) || StandardOutput.Write(1, "\n"u8))))
        {
            RingOptions.Warn("standard output cannot be written");
            code = ExitCode.Failed;
        }

        return code;
    }
}
