using System;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv get KEY</c>: writes a value to standard output, byte for byte where that is no terminal.</summary>
internal static class GetCommand
{
    /// <summary>Runs the command: 0 found, 1 not found, 69 nobody reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet("get", "Writes what the ring holds under a key to standard output, exactly. On a terminal bytes that are no text are escaped, and a newline follows.", "KEY").AddRing();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
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
        bool terminal = Descriptor.IsTerminal(1);
        ReadOnlySpan<byte> shown = terminal ? TerminalText.Show(operation.Value) : operation.Value;
        if (code == ExitCode.Success && !(StandardOutput.Write(1, shown) && (!terminal || StandardOutput.Write(1, "\n"u8))))
        {
            RingOptions.Warn("standard output cannot be written");
            code = ExitCode.Failed;
        }

        return code;
    }
}
