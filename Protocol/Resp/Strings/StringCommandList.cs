using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands of strings, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class StringCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        table.Add("append"u8, 3, Write | Edits | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x20000, &EditCommands.Append);
        table.Add("decr"u8, 2, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.Decr);
        table.Add("decrby"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.DecrBy);
        table.Add("get"u8, 2, ReadOnly | Fast, 1, 1, 1, String, 0x10000, &GetCommands.Get);
        table.Add("getdel"u8, 2, Write | Fast, 1, 1, 1, String, 0x60200, &GetCommands.GetDel);
        table.Add("getex"u8, -2, Write | Fast, 1, 1, 1, String, 0x60200, &GetExCommand.GetEx);
        table.Add("getrange"u8, 4, ReadOnly, 1, 1, 1, String, 0x20400, &GetCommands.GetRange);
        table.Add("getset"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &SetCommands.GetSet);
        table.Add("incr"u8, 2, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.Incr);
        table.Add("incrby"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &CounterCommands.IncrBy);
        table.Add("incrbyfloat"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x20600, &FloatCommands.IncrByFloat);
        table.Add("lcs"u8, -3, ReadOnly | Long, 1, 2, 1, String, 0x70000, &LcsCommand.Lcs);
        table.Add("mget"u8, -2, ReadOnly | Fast, 1, -1, 1, String, 0x10000, &GetCommands.MGet);
        table.Add("mset"u8, -3, Write | DenyOutOfMemory, 1, -1, 2, String, 0x10001, &MultipleSetCommands.MSet);
        table.Add("msetnx"u8, -3, Write | DenyOutOfMemory, 1, -1, 2, String, 0x10001, &MultipleSetCommands.MSetNx);
        table.Add("psetex"u8, 4, Write | DenyOutOfMemory, 1, 1, 1, String, 0x20600, &SetCommands.PSetEx);
        table.Add("set"u8, -3, Write | DenyOutOfMemory, 1, 1, 1, String, 0x10000, &SetCommands.Set);
        table.Add("setex"u8, 4, Write | DenyOutOfMemory, 1, 1, 1, String, 0x20000, &SetCommands.SetEx);
        table.Add("setnx"u8, 3, Write | DenyOutOfMemory | Fast, 1, 1, 1, String, 0x10000, &SetCommands.SetNx);
        table.Add("setrange"u8, 4, Write | Edits | DenyOutOfMemory, 1, 1, 1, String, 0x20200, &EditCommands.SetRange);
        table.Add("strlen"u8, 2, ReadOnly | Fast, 1, 1, 1, String, 0x20200, &GetCommands.StrLen);
        table.Add("substr"u8, 4, ReadOnly, 1, 1, 1, String, 0x10000, &GetCommands.GetRange);
    }
}
