using System;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv nodes</c>: each node of the ring, whether it can be reached, what
/// it is, how long an answer takes, how many keys and registered files it has.</summary>
internal static class NodesCommand
{
    /// <summary>Runs the command: 0 all reached, 1 not all, 69 none.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "nodes", "Lists the ring's nodes: reachable or not, what they run, time of an answer, keys, files.", string.Empty)
            .Flag("json", "As JSON.")
            .AddRing();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        using RingClient client = new(nodes, options.GetDuration("timeout"), null);
        RingOperation[] operations = AskAll(client);
        bool json = options.GetFlag("json");
        StringBuilder text = new();
        _ = json ? text.Append('[') : text.Append("node  address                   program            answer     keys      files\n");
        int reached = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            bool up = operations[i].Result == RingResult.Done;
            reached += up ? 1 : 0;
            _ = json ? Json(text, nodes[i], operations[i]) : Row(text, nodes[i], operations[i]);
        }

        _ = json ? text.Append("\n]\n") : text;
        StandardOutput.Write(text.ToString());
        return reached == nodes.Length ? ExitCode.Success : reached > 0 ? ExitCode.Failed : ExitCode.Unreachable;
    }

    /// <summary>Asks every node what it is: all at once to connect, then each alone for the time of an answer.</summary>
    public static RingOperation[] AskAll(RingClient client)
    {
        RingOperation[] operations = new RingOperation[client.Nodes.Length];
        for (int i = 0; i < operations.Length; i++)
        {
            operations[i] = new RingOperation();
            client.Start(operations[i].Set(RingVerb.Identify, default, default, i));
        }

        foreach (RingOperation operation in operations)
        {
            client.Complete(operation);
        }

        foreach (RingOperation operation in operations)
        {
            if (operation.Result == RingResult.Done)
            {
                _ = client.Run(operation);
            }
        }

        return operations;
    }

    /// <summary>Nanoseconds as milliseconds with three decimals: "0.123".</summary>
    public static string Milliseconds(long nanoseconds)
    {
        long microseconds = (nanoseconds + 500) / 1000;
        return ValueText.FormatInteger(microseconds / 1000) + "." + ValueText.FormatInteger(microseconds % 1000).PadLeft(3, '0');
    }

    private static StringBuilder Row(StringBuilder text, PeerAddress node, RingOperation operation)
    {
        _ = text.Append(ValueText.FormatInteger(node.Number).PadRight(6)).Append(node.Endpoint.PadRight(26));
        if (operation.Result != RingResult.Done)
        {
            return text.Append(Why(operation)).Append('\n');
        }

        return text.Append(Program(operation).PadRight(19)).Append((Milliseconds(operation.Ended - operation.Started) + " ms").PadRight(11))
            .Append((Word(operation, " keys="u8) ?? "?").PadRight(10)).Append(Word(operation, " files="u8) ?? "?").Append('\n');
    }

    private static StringBuilder Json(StringBuilder text, PeerAddress node, RingOperation operation)
    {
        bool up = operation.Result == RingResult.Done;
        _ = text.Append(text.Length > 1 ? "," : string.Empty).Append("\n  {\"node\": ").Append(ValueText.FormatInteger(node.Number))
            .Append(", \"address\": \"").Append(node.Endpoint).Append("\", \"reachable\": ").Append(up ? "true" : "false");
        _ = up
            ? text.Append(", \"program\": \"").Append(Program(operation)).Append("\", \"milliseconds\": ")
                .Append(Milliseconds(operation.Ended - operation.Started))
                .Append(", \"keys\": ").Append(Word(operation, " keys="u8) ?? "null").Append(", \"files\": ")
                    .Append(Word(operation, " files="u8) ?? "null")
            : text.Append(", \"failure\": \"").Append(Why(operation)).Append('"');
        return text.Append('}');
    }

    private static string Why(RingOperation operation) => PeerFailure.Describe(operation.FailureCode);

    // "epollsrv 0.1.0": the first two words of the identity line, letters a terminal or JSON need not fear.
    private static string Program(RingOperation operation)
    {
        if (operation.Kind == PeerKind.Original)
        {
            return "original C program";
        }

        ReadOnlySpan<byte> line = operation.Value;
        if (line.SequenceEqual(Protocol.Cs.CsFrame.StrangerIdentity))
        {
            return "epollsrv";
        }

        int second = line.IndexOf((byte)' ') + 1;
        int end = line[second..].IndexOf((byte)' ');
        StringBuilder text = new();
        foreach (byte letter in end < 0 ? line : line[..(second + end)])
        {
            _ = text.Append(char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)' ' or (byte)'.' or (byte)'-' or (byte)'+'
                ? (char)letter : '?');
        }

        return text.ToString();
    }

    // The number behind a word of the identity line.
    private static string? Word(RingOperation operation, ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> line = operation.Value;
        int start = line.IndexOf(word);
        if (start < 0)
        {
            return null;
        }

        line = line[(start + word.Length)..];
        int end = line.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        line = end < 0 ? line : line[..end];
        return line.IsEmpty ? null : Encoding.ASCII.GetString(line);
    }
}
