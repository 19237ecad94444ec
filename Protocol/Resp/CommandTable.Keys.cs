using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

// Keys of any type. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddKeys()
    {
        Add("del"u8, -2, Write, 1, -1, 1, Generic, 0x10000, &KeyCommands.Del);
        Add("exists"u8, -2, ReadOnly | Fast, 1, -1, 1, Generic, 0x10000, &KeyCommands.Exists);
        Add("touch"u8, -2, ReadOnly | Fast, 1, -1, 1, Generic, 0x30201, &KeyCommands.Touch);
        Add("type"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x10000, &KeyCommands.Type);
        Add("unlink"u8, -2, Write | Fast, 1, -1, 1, Generic, 0x40000, &KeyCommands.Del);
    }
}
