using System;
using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <summary>What COMMAND tells about commands beside what the table needs. Any thread.</summary>
internal static unsafe partial class CommandDetails
{
    /// <summary>Field: how the command uses its keys.</summary>
    public const int KeyFlags = 1;

    /// <summary>Field: ACL categories.</summary>
    public const int Categories = 2;

    /// <summary>Field: tips for clients and proxies.</summary>
    public const int Tips = 3;

    /// <summary>Field: what it does.</summary>
    public const int Summary = 4;

    /// <summary>Field: how long it takes.</summary>
    public const int Complexity = 5;

    /// <summary>Field: its arguments, in <see cref="CommandArguments"/>'s words.</summary>
    public const int Arguments = 6;

    /// <summary>Field: what changed when: versions and texts.</summary>
    public const int History = 7;

    /// <summary>Field: flags of the documentation, since when it is deprecated, by what it is replaced.</summary>
    public const int Remarks = 8;

    /// <summary>Stands between the parts of <see cref="History"/> and <see cref="Remarks"/>.</summary>
    public const byte PartSeparator = (byte)'^';

    private const byte Separator = (byte)'~';

    private static int[]? _offsets;

    /// <summary>A field of a command's line; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Field(Command* command, int field)
    {
        // Made twice at worst.
        int[] offsets = Volatile.Read(ref _offsets) ?? Index(); // pairs with Index
        int offset = offsets[command->Number];
        if (offset < 0)
        {
            return default;
        }

        ReadOnlySpan<byte> line = Lines[offset..];
        int end = line.IndexOf((byte)'\n');
        line = end < 0 ? line : line[..end];
        for (int i = 0; i < field; i++)
        {
            int next = line.IndexOf(Separator);
            line = next < 0 ? default : line[(next + 1)..];
        }

        int stop = line.IndexOf(Separator);
        return stop < 0 ? line : line[..stop];
    }

    /// <summary>Takes the next word off a field; empty at its end.</summary>
    public static ReadOnlySpan<byte> NextWord(scoped ref ReadOnlySpan<byte> field, byte separator = (byte)' ')
    {
        int end = field.IndexOf(separator);
        ReadOnlySpan<byte> word = end < 0 ? field : field[..end];
        field = end < 0 ? default : field[(end + 1)..];
        return word;
    }

    /// <summary>How many words a field has.</summary>
    public static int CountWords(ReadOnlySpan<byte> field, byte separator = (byte)' ') => field.IsEmpty ? 0 : field.Count(separator) + 1;

    private static int[] Index()
    {
        int[] offsets = new int[CommandTable.Capacity];
        Array.Fill(offsets, -1);
        ReadOnlySpan<byte> lines = Lines;
        for (int offset = 0; offset < lines.Length;)
        {
            Command* command = CommandNames.Find(lines[offset..(offset + lines[offset..].IndexOf(Separator))]);
            if (command != null)
            {
                offsets[command->Number] = offset;
            }

            int end = lines[offset..].IndexOf((byte)'\n');
            offset = end < 0 ? lines.Length : offset + end + 1;
        }

        Volatile.Write(ref _offsets, offsets); // pairs with Field
        return offsets;
    }
}
