using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

// The connection itself. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddConnection()
    {
        Add("auth"u8, -2, NoScript | Loading | Stale | Fast | NoAuth | AllowBusy, 0, 0, 0, Connection, 0x10000, &AuthenticationCommands.Auth);
        Add("echo"u8, 2, Loading | Stale | Fast, 0, 0, 0, Connection, 0x10000, &ConnectionCommands.Echo);
        Add("hello"u8, -1, NoScript | Loading | Stale | Fast | NoAuth | AllowBusy, 0, 0, 0, Connection, 0x60000, &AuthenticationCommands.Hello);
        Add("ping"u8, -1, Fast | WhileSubscribed, 0, 0, 0, Connection, 0x10000, &ConnectionCommands.Ping);
        Add("quit"u8, -1, NoScript | Loading | Stale | Fast | NoAuth | AllowBusy | WhileSubscribed | NeverQueued, 0, 0, 0, Connection, 0x10000, &ConnectionCommands.Quit);
        Add("reset"u8, 1, NoScript | Loading | Stale | Fast | NoAuth | AllowBusy | WhileSubscribed | NeverQueued, 0, 0, 0, Connection, 0x60200, &ConnectionCommands.Reset);
        Add("select"u8, 2, Loading | Stale | Fast, 0, 0, 0, Connection, 0x10000, &DatabaseCommands.Select);
    }
}
