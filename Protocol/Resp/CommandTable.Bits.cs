using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

// Strings as arrays of bits. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddBits()
    {
        Add("bitcount"u8, -2, ReadOnly, 1, 1, 1, Bitmap, 0x20600, &BitCountCommands.BitCount);
        Add("bitfield"u8, -2, Write | Edits | DenyOutOfMemory, 1, 1, 1, Bitmap, 0x30200, &BitFieldCommands.BitField);
        Add("bitfield_ro"u8, -2, ReadOnly | Fast, 1, 1, 1, Bitmap, 0x60000, &BitFieldCommands.BitFieldRo);
        Add("bitop"u8, -4, Write | DenyOutOfMemory | Long, 2, -1, 1, Bitmap, 0x20600, &BitOpCommand.BitOp);
        Add("bitpos"u8, -3, ReadOnly, 1, 1, 1, Bitmap, 0x20807, &BitCountCommands.BitPos);
        Add("getbit"u8, 3, ReadOnly | Fast, 1, 1, 1, Bitmap, 0x20200, &BitCommands.GetBit);
        Add("setbit"u8, 4, Write | Edits | DenyOutOfMemory, 1, 1, 1, Bitmap, 0x20200, &BitCommands.SetBit);
    }
}
