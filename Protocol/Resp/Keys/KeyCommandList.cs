using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands of keys of any type, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class KeyCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        table.Add("copy"u8, -3, Write | DenyOutOfMemory, 1, 2, 1, Generic, 0x60200, &CopyCommands.Copy);
        table.Add("del"u8, -2, Write, 1, -1, 1, Generic, 0x10000, &KeyCommands.Del);
        table.Add("dump"u8, 2, ReadOnly, 1, 1, 1, Generic, 0x20600, &DumpCommand.Dump);
        table.Add("exists"u8, -2, ReadOnly | Fast, 1, -1, 1, Generic, 0x10000, &KeyCommands.Exists);
        table.Add("expire"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x10000, &ExpireCommands.Expire);
        table.Add("expireat"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x10200, &ExpireCommands.ExpireAt);
        table.Add("expiretime"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x70000, &TimeToLiveCommands.ExpireTime);
        table.Add("keys"u8, 2, ReadOnly | Long, 0, 0, 0, Generic, 0x10000, &ScanCommands.Keys);
        table.Add("move"u8, 3, Write | Fast, 1, 1, 1, Generic, 0x10000, &DatabaseCommands.Move);
        table.AddContainer("object"u8, Generic, 0x20203);
        table.AddSubcommand("object|encoding"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x20203, &ObjectCommands.Encoding);
        table.AddSubcommand("object|freq"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x40000, &ObjectCommands.Frequency);
        table.AddSubcommand("object|help"u8, 2, Loading | Stale, 0, 0, 0, Generic, 0x60200, &ObjectCommands.Help);
        table.AddSubcommand("object|idletime"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x20203, &ObjectCommands.IdleTime);
        table.AddSubcommand("object|refcount"u8, 3, ReadOnly, 2, 2, 1, Generic, 0x20203, &ObjectCommands.ReferenceCount);
        table.Add("persist"u8, 2, Write | Fast, 1, 1, 1, Generic, 0x20200, &ExpireCommands.Persist);
        table.Add("pexpire"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x20600, &ExpireCommands.PExpire);
        table.Add("pexpireat"u8, -3, Write | Fast, 1, 1, 1, Generic, 0x20600, &ExpireCommands.PExpireAt);
        table.Add("pexpiretime"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x70000, &TimeToLiveCommands.PExpireTime);
        table.Add("pttl"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x20600, &TimeToLiveCommands.PTtl);
        table.Add("randomkey"u8, 1, ReadOnly, 0, 0, 0, Generic, 0x10000, &ScanCommands.RandomKey);
        table.Add("rename"u8, 3, Write, 1, 2, 1, Generic, 0x10000, &CopyCommands.Rename);
        table.Add("renamenx"u8, 3, Write | Fast, 1, 2, 1, Generic, 0x10000, &CopyCommands.RenameNx);
        table.Add("restore"u8, -4, Write | DenyOutOfMemory, 1, 1, 1, Generic, 0x20600, &RestoreCommand.Restore);
        table.Add("scan"u8, -2, ReadOnly | Long, 0, 0, 0, Generic, 0x20800, &ScanCommands.Scan);
        table.Add("touch"u8, -2, ReadOnly | Fast, 1, -1, 1, Generic, 0x30201, &KeyCommands.Touch);
        table.Add("ttl"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x10000, &TimeToLiveCommands.Ttl);
        table.Add("type"u8, 2, ReadOnly | Fast, 1, 1, 1, Generic, 0x10000, &KeyCommands.Type);
        table.Add("unlink"u8, -2, Write | Fast, 1, -1, 1, Generic, 0x40000, &KeyCommands.Del);
    }
}
