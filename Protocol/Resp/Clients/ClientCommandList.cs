using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

/// <summary>CLIENT and its subcommands, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class ClientCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        const CommandFlags own = NoScript | Loading | Stale;
        const CommandFlags others = Admin | NoScript | Loading | Stale;
        table.AddContainer("client"u8, Connection, 0x20400);
        table.AddSubcommand("client|caching"u8, 3, own, 0, 0, 0, Connection, 0x60000, &TrackingCommands.Caching);
        table.AddSubcommand("client|getname"u8, 2, own, 0, 0, 0, Connection, 0x20609, &ClientCommands.GetName);
        table.AddSubcommand("client|getredir"u8, 2, own, 0, 0, 0, Connection, 0x60000, &TrackingCommands.GetRedirection);
        table.AddSubcommand("client|help"u8, 2, Loading | Stale, 0, 0, 0, Connection, 0x50000, &ClientListCommands.Help);
        table.AddSubcommand("client|id"u8, 2, own, 0, 0, 0, Connection, 0x50000, &ClientCommands.Id);
        table.AddSubcommand("client|info"u8, 2, own, 0, 0, 0, Connection, 0x60200, &ClientListCommands.Info);
        table.AddSubcommand("client|kill"u8, -3, others | Long, 0, 0, 0, Connection, 0x20400, &ClientListCommands.Kill);
        table.AddSubcommand("client|list"u8, -2, others | Long, 0, 0, 0, Connection, 0x20400, &ClientListCommands.List);
        table.AddSubcommand("client|no-evict"u8, 3, others, 0, 0, 0, Connection, 0x70000, &ClientCommands.NoEvict);
        table.AddSubcommand("client|no-touch"u8, 3, own, 0, 0, 0, Connection, 0x70200, &ClientCommands.NoTouch);
        table.AddSubcommand("client|pause"u8, -3, others, 0, 0, 0, Connection, 0x20932, &ClientCommands.Pause);
        table.AddSubcommand("client|reply"u8, 3, own, 0, 0, 0, Connection, 0x30200, &ClientCommands.Reply);
        table.AddSubcommand("client|setinfo"u8, 4, own, 0, 0, 0, Connection, 0x70200, &ClientCommands.SetInfo);
        table.AddSubcommand("client|setname"u8, 3, own, 0, 0, 0, Connection, 0x20609, &AuthenticationCommands.SetName);
        table.AddSubcommand("client|trackinginfo"u8, 2, own, 0, 0, 0, Connection, 0x60200, &TrackingCommands.Information);
        table.AddSubcommand("client|unblock"u8, -3, others, 0, 0, 0, Connection, 0x50000, &ClientCommands.Unblock);
        table.AddSubcommand("client|unpause"u8, 2, others, 0, 0, 0, Connection, 0x60200, &ClientCommands.Unpause);
    }
}
