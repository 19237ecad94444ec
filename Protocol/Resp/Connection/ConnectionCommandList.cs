using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands about the connection itself, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class ConnectionCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        const CommandFlags handshake = NoScript | Loading | Stale | Fast | NoAuth | AllowBusy;
        table.Add("auth"u8, -2, handshake, 0, 0, 0, Connection, 0x10000, &AuthenticationCommands.Auth);
        table.Add("echo"u8, 2, Loading | Stale | Fast, 0, 0, 0, Connection, 0x10000, &ConnectionCommands.Echo);
        table.Add("hello"u8, -1, handshake, 0, 0, 0, Connection, 0x60000, &AuthenticationCommands.Hello);
        table.Add("ping"u8, -1, Fast | WhileSubscribed, 0, 0, 0, Connection, 0x10000, &ConnectionCommands.Ping);
        table.Add("quit"u8, -1, handshake | WhileSubscribed | NeverQueued, 0, 0, 0, Connection, 0x10000, &ConnectionCommands.Quit);
        table.Add("reset"u8, 1, handshake | WhileSubscribed | NeverQueued, 0, 0, 0, Connection, 0x60200, &ConnectionCommands.Reset);
        table.Add("select"u8, 2, Loading | Stale | Fast, 0, 0, 0, Connection, 0x10000, &DatabaseCommands.Select);
    }
}
