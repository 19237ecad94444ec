using System;

using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv del KEY</c>: removes a key from its owner and replica.</summary>
internal static class DelCommand
{
    /// <summary>Runs the command: 0 removed, 1 there was none, 69 nobody reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet("del", "Removes a key, and with it all holders of a file, from the ring.", "KEY").AddRing();
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
        _ = client.Run(operation.Set(RingVerb.Delete, key));
        return RingOptions.Conclude(operation, options.Positional[0]);
    }
}
