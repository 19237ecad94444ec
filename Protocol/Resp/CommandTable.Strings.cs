using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

// Strings. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddStrings()
    {
        Add("append"u8, 3, Write | Edits | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x20000, &EditCommands.Append);
        Add("decr"u8, 2, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.Decr);
        Add("decrby"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.DecrBy);
        Add("get"u8, 2, ReadOnly | Fast, 1, 1, 1, String, 0x10000, &GetCommands.Get);
        Add("getdel"u8, 2, Write | Fast, 1, 1, 1, String, 0x60200, &GetCommands.GetDel);
        Add("getex"u8, -2, Write | Fast, 1, 1, 1, String, 0x60200, &GetExCommand.GetEx);
        Add("getrange"u8, 4, ReadOnly, 1, 1, 1, String, 0x20400, &GetCommands.GetRange);
        Add("getset"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &GetCommands.GetSet);
        Add("incr"u8, 2, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.Incr);
        Add("incrby"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.IncrBy);
        Add("incrbyfloat"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x20600, &FloatCommands.IncrByFloat);
        Add("lcs"u8, -3, ReadOnly | Long, 1, 2, 1, String, 0x70000, &LcsCommand.Lcs);
        Add("mget"u8, -2, ReadOnly | Fast, 1, -1, 1, String, 0x10000, &GetCommands.MGet);
        Add("mset"u8, -3, Write | DenyOutOfMemory, 1, -1, 2, String, 0x10001, &MultipleSetCommands.MSet);
        Add("msetnx"u8, -3, Write | DenyOutOfMemory, 1, -1, 2, String, 0x10001, &MultipleSetCommands.MSetNx);
        Add("psetex"u8, 4, Write | DenyOutOfMemory, 1, 1, 1, String, 0x20600, &SetCommands.PSetEx);
        Add("set"u8, -3, Write | DenyOutOfMemory, 1, 1, 1, String, 0x10000, &SetCommands.Set);
        Add("setex"u8, 4, Write | DenyOutOfMemory, 1, 1, 1, String, 0x20000, &SetCommands.SetEx);
        Add("setnx"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &SetCommands.SetNx);
        Add("setrange"u8, 4, Write | Edits | DenyOutOfMemory, 1, 1, 1, String, 0x20200, &EditCommands.SetRange);
        Add("strlen"u8, 2, ReadOnly | Fast, 1, 1, 1, String, 0x20200, &GetCommands.StrLen);
        Add("substr"u8, 4, ReadOnly, 1, 1, 1, String, 0x10000, &GetCommands.GetRange);
    }
}
