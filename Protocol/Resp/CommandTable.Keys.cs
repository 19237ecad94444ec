using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

// Keys of any type. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddKeys()
    {
        Add("copy"u8, -3, Write | DenyOutOfMemory, 1, 2, 1, Generic, 0x60200, &CopyCommands.Copy);
        Add("del"u8, -2, Write, 1, -1, 1, Generic, 0x10000, &KeyCommands.Del);
        Add("dump"u8, 2, ReadOnly, 1, 1, 1, Generic, 0x20600, &DumpCommand.Dump);
        Add("exists"u8, -2, ReadOnly | Fast, 1, -1, 1, Generic, 0x10000, &KeyCommands.Exists);
        Add("expire"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x10000, &ExpireCommands.Expire);
        Add("expireat"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x10200, &ExpireCommands.ExpireAt);
        Add("expiretime"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x70000, &TimeToLiveCommands.ExpireTime);
        Add("keys"u8, 2, ReadOnly | Long, 0, 0, 0, Generic, 0x10000, &ScanCommands.Keys);
        Add("move"u8, 3, Write | Fast, 1, 1, 1, Generic, 0x10000, &DatabaseCommands.Move);
        AddContainer("object"u8, Generic, 0x20203);
        AddSubcommand("object|encoding"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x20203, &ObjectCommands.Encoding);
        AddSubcommand("object|freq"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x40000, &ObjectCommands.Frequency);
        AddSubcommand("object|help"u8, 2, Loading | Stale, 0, 0, 0, Generic, 0x60200, &ObjectCommands.Help);
        AddSubcommand("object|idletime"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x20203, &ObjectCommands.IdleTime);
        AddSubcommand("object|refcount"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x20203, &ObjectCommands.ReferenceCount);
        Add("persist"u8, 2, Write | Fast, 1, 1, 1, Generic, 0x20200, &ExpireCommands.Persist);
        Add("pexpire"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x20600, &ExpireCommands.PExpire);
        Add("pexpireat"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x20600, &ExpireCommands.PExpireAt);
        Add("pexpiretime"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x70000, &TimeToLiveCommands.PExpireTime);
        Add("pttl"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x20600, &TimeToLiveCommands.PTtl);
        Add("randomkey"u8, 1, ReadOnly, 0, 0, 0, Generic, 0x10000, &ScanCommands.RandomKey);
        Add("rename"u8, 3, Write, 1, 2, 1, Generic, 0x10000, &CopyCommands.Rename);
        Add("renamenx"u8, 3, Write | Fast, 1, 2, 1, Generic, 0x10000, &CopyCommands.RenameNx);
        Add("restore"u8, -4, Write | DenyOutOfMemory, 1, 1, 1, Generic, 0x20600, &RestoreCommand.Restore);
        Add("scan"u8, -2, ReadOnly | Long, 0, 0, 0, Generic, 0x20800, &ScanCommands.Scan);
        Add("touch"u8, -2, ReadOnly | Fast, 1, -1, 1, Generic, 0x30201, &KeyCommands.Touch);
        Add("ttl"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x10000, &TimeToLiveCommands.Ttl);
        Add("type"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x10000, &KeyCommands.Type);
        Add("unlink"u8, -2, Write | Fast, 1, -1, 1, Generic, 0x40000, &KeyCommands.Del);
    }
}
