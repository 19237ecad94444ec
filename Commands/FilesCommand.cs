using System;
using System.Buffers.Binary;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv files</c>: the files that are registered in the ring, and who has them.</summary>
internal static class FilesCommand
{
    /// <summary>Runs the command: 0 all nodes of ours were asked, 1 not all, 69 none.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "files", "Lists the files that are registered in the ring, each with the nodes that have it. Original nodes cannot be asked.",
            string.Empty).AddRing();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        // Owner and replica each list a file: the same line, but for what only one of them was told.
        using NameSet known = new();
        StringBuilder text = new();
        using RingClient client = options.Connect(nodes);
        int asked = 0;
        for (int node = 0; node < nodes.Length; node++)
        {
            asked += Ask(client, node, known, text) ? 1 : 0;
        }

        StandardOutput.Write(text.ToString());
        return asked == nodes.Length ? ExitCode.Success : asked > 0 ? ExitCode.Failed : ExitCode.Unreachable;
    }

    private static bool Ask(RingClient client, int node, NameSet known, StringBuilder text)
    {
        RingOperation operation = new();
        ReadOnlySpan<byte> last = default;
        while (client.Run(operation.Set(RingVerb.Files, default, last, node)) == RingResult.Done)
        {
            ReadOnlySpan<byte> records = operation.Value;
            ReadOnlySpan<byte> before = last;
            while (records.Length >= CsFrame.FilesRecord)
            {
                int nameLength = records[0];
                int linesLength = BinaryPrimitives.ReadUInt16LittleEndian(records[3..]);
                int end = CsFrame.FilesRecord + nameLength + linesLength;
                if (end > records.Length)
                {
                    break;
                }

                last = records.Slice(CsFrame.FilesRecord - 1, nameLength);
                string line = Line(last, records.Slice(CsFrame.FilesRecord - 1 + nameLength, linesLength),
                    BinaryPrimitives.ReadUInt16LittleEndian(records[1..]));
                _ = known.Add(Encoding.UTF8.GetBytes(line)) ? text.Append(line) : text;
                records = records[end..];
            }

            if (last == before)
            {
                // Nothing whole: not an answer that could go on.
                break;
            }
        }

        if (operation.Result == RingResult.NotFound || operation.FailureCode == PeerFailure.OnlyOurs)
        {
            return true;
        }

        RingOptions.Warn(operation.Failure);
        return false;
    }

    private static string Line(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lines, int count)
    {
        string holders = Encoding.ASCII.GetString(lines).TrimEnd('\n').Replace("\n", ", ", StringComparison.Ordinal);
        bool all = lines.Count((byte)'\n') == count;
        return OptionSet.Readable(ByteText.Decode(name)).PadRight(31) + " " + holders
            + (all ? "\n" : ", … (" + ValueText.FormatInteger(count) + " in all)\n");
    }
}
