using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands of strings as arrays of bits, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class BitCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        table.Add("bitcount"u8, -2, ReadOnly, 1, 1, 1, Bitmap, 0x20600, &BitCountCommands.BitCount);
        table.Add("bitfield"u8, -2, Write | Edits | DenyOutOfMemory, 1, 1, 1, Bitmap, 0x30200, &BitFieldCommands.BitField);
        table.Add("bitfield_ro"u8, -2, ReadOnly | Fast, 1, 1, 1, Bitmap, 0x60000, &BitFieldCommands.BitFieldRo);
        table.Add("bitop"u8, -4, Write | DenyOutOfMemory | Long, 2, -1, 1, Bitmap, 0x20600, &BitOpCommand.BitOp);
        table.Add("bitpos"u8, -3, ReadOnly, 1, 1, 1, Bitmap, 0x20807, &BitCountCommands.BitPos);
        table.Add("getbit"u8, 3, ReadOnly | Fast, 1, 1, 1, Bitmap, 0x20200, &BitCommands.GetBit);
        table.Add("setbit"u8, 4, Write | Edits | DenyOutOfMemory, 1, 1, 1, Bitmap, 0x20200, &BitCommands.SetBit);
    }
}
