using System;
using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <summary>What COMMAND tells about commands beside what the table needs. Any thread.</summary>
internal static unsafe class CommandDetails
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
        return offset < 0 ? default : Words.At(Words.At(CommandDetailsText.Lines[offset..], 0, (byte)'\n'), field, Separator);
    }

    private static int[] Index()
    {
        int[] offsets = new int[CommandTable.Capacity];
        Array.Fill(offsets, -1);
        ReadOnlySpan<byte> rest = CommandDetailsText.Lines;
        while (!rest.IsEmpty)
        {
            int offset = CommandDetailsText.Lines.Length - rest.Length;
            Command* command = CommandNames.Find(Words.At(Words.TakeFirst(ref rest, (byte)'\n'), 0, Separator));
            if (command != null)
            {
                offsets[command->Number] = offset;
            }
        }

        Volatile.Write(ref _offsets, offsets); // pairs with Field
        return offsets;
    }
}
