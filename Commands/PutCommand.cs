using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv put KEY [VALUE]</c>: stores a value on the key's owner and replica.</summary>
internal static unsafe class PutCommand
{
    /// <summary>Runs the command: 0 stored, 1 refused, 69 nobody reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "put", "Stores a value in the ring, in place of what the key holds. Without VALUE it is read from standard input.",
            "KEY [VALUE]")
            .Flag("append", "The protocol's own PUT: adds the value to what is there, after a space; a holder that is listed already changes nothing.")
            .AddRing();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        if (RingOptions.ToKey(options, options.Positional[0]) is not { } key)
        {
            return ExitCode.Usage;
        }

        byte[]? value = options.Positional.Length > 1 ? ByteText.Encode(options.Positional[1]) : ReadInput(out code);
        if (value is null)
        {
            RingOptions.Warn("standard input: " + Errno.Describe(code));
            return ExitCode.Failed;
        }

        if (value.Length > CsFrame.MaximumValue)
        {
            return options.Refuse("the value has more than 255 bytes; the CS protocol carries at most 255");
        }

        using RingClient client = options.Connect(nodes);
        RingOperation operation = new();
        _ = client.Run(operation.Set(options.GetFlag("append") ? RingVerb.Append : RingVerb.Replace, key, value));
        return RingOptions.Conclude(operation, options.Positional[0]);
    }

    // At most one byte more than a value has: that it is too long is seen without reading all of it.
    private static byte[]? ReadInput(out int error)
    {
        byte* buffer = stackalloc byte[CsFrame.MaximumValue + 1];
        int length = 0;
        error = OptionSet.GoOn;
        while (length <= CsFrame.MaximumValue)
        {
            nint count = Descriptor.Read(0, buffer + length, CsFrame.MaximumValue + 1 - length);
            if (count < 0)
            {
                error = (int)count;
                return null;
            }

            if (count == 0)
            {
                break;
            }

            length += (int)count;
        }

        return new ReadOnlySpan<byte>(buffer, length).ToArray();
    }
}
