using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

// The server. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddServer()
    {
        Add("command"u8, -1, Loading | Stale | Long | Container, 0, 0, 0, Server, 0x2080d, &CommandCommands.Command);
        BeginSubcommands();
        AddSubcommand("command|count"u8, 2, Loading | Stale, 0, 0, 0, Server, 0x2080d, &CommandCommands.Count);
        AddSubcommand("command|docs"u8, -2, Loading | Stale | Long, 0, 0, 0, Server, 0x70000, &CommandDocumentation.Docs);
        AddSubcommand("command|getkeys"u8, -4, Loading | Stale, 0, 0, 0, Server, 0x2080d, &CommandKeys.GetKeys);
        AddSubcommand("command|getkeysandflags"u8, -4, Loading | Stale, 0, 0, 0, Server, 0x70000, &CommandKeys.GetKeysAndFlags);
        AddSubcommand("command|help"u8, 2, Loading | Stale, 0, 0, 0, Server, 0x50000, &CommandCommands.Help);
        AddSubcommand("command|info"u8, -2, Loading | Stale | Long, 0, 0, 0, Server, 0x2080d, &CommandCommands.Info);
        AddSubcommand("command|list"u8, -2, Loading | Stale | Long, 0, 0, 0, Server, 0x70000, &CommandCommands.List);
        AddContainer("config"u8, Server, 0x20000);
        AddSubcommand("config|get"u8, -3, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x20000, &ConfigCommands.Get);
        AddSubcommand("config|help"u8, 2, Loading | Stale, 0, 0, 0, Server, 0x50000, &ConfigCommands.Help);
        AddSubcommand("config|resetstat"u8, 2, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x20000, &ConfigCommands.ResetStat);
        AddSubcommand("config|rewrite"u8, 2, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x20800, &ConfigCommands.Rewrite);
        AddSubcommand("config|set"u8, -4, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x20000, &ConfigCommands.Set);
        Add("asking"u8, 1, Fast, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Refuse);
        Add("cluster"u8, -2, None, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Cluster);
        Add("readonly"u8, 1, Loading | Stale | Fast, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Refuse);
        Add("readwrite"u8, 1, Loading | Stale | Fast, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Refuse);
        Add("dbsize"u8, 1, ReadOnly | Fast, 0, 0, 0, Server, 0x10000, &ServerCommands.DbSize);
        Add("debug"u8, -2, Admin | NoScript | Loading | Stale | Long, 0, 0, 0, Server, 0x10000, &DebugCommand.Debug);
        Add("flushall"u8, -1, Write | Long, 0, 0, 0, Server, 0x10000, &FlushCommands.FlushAll);
        Add("flushdb"u8, -1, Write | Long, 0, 0, 0, Server, 0x10000, &FlushCommands.FlushDatabase);
        AddContainer("function"u8, Scripting, 0x70000);
        AddSubcommand("function|flush"u8, -2, Write | NoScript, 0, 0, 0, Scripting, 0x70000, &FlushCommands.FunctionFlush);
        AddSubcommand("function|help"u8, 2, Loading | Stale, 0, 0, 0, Scripting, 0x70000, &FlushCommands.FunctionHelp);
        Add("info"u8, -1, Loading | Stale, 0, 0, 0, Server, 0x10000, &InfoCommand.Info);
        Add("lastsave"u8, 1, Loading | Stale | Fast, 0, 0, 0, Server, 0x10000, &ServerCommands.LastSave);
        AddContainer("latency"u8, Server, 0x2080d);
        AddSubcommand("latency|doctor"u8, 2, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Doctor);
        AddSubcommand("latency|graph"u8, 3, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Graph);
        AddSubcommand("latency|help"u8, 2, Loading | Stale, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Help);
        AddSubcommand("latency|histogram"u8, -2, Admin | NoScript | Loading | Stale | Long, 0, 0, 0, Server, 0x70000, &LatencyCommands.Histogram);
        AddSubcommand("latency|history"u8, 3, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x2080d, &LatencyCommands.History);
        AddSubcommand("latency|latest"u8, 2, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Latest);
        AddSubcommand("latency|reset"u8, -2, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Reset);
        Add("lolwut"u8, -1, ReadOnly | Fast, 0, 0, 0, Server, 0x50000, &ServerCommands.Lolwut);
        AddContainer("memory"u8, Server, 0x40000);
        AddSubcommand("memory|doctor"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.Doctor);
        AddSubcommand("memory|help"u8, 2, Loading | Stale, 0, 0, 0, Server, 0x40000, &MemoryCommands.Help);
        AddSubcommand("memory|malloc-stats"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.MallocStats);
        AddSubcommand("memory|purge"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.Purge);
        AddSubcommand("memory|stats"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.Stats);
        AddSubcommand("memory|usage"u8, -3, ReadOnly, 2, 2, 1, Server, 0x40000, &MemoryCommands.Usage);
        Add("role"u8, 1, NoScript | Loading | Stale | Fast, 0, 0, 0, Server, 0x2080c, &ServerCommands.Role);
        Add("shutdown"u8, -1, Admin | NoScript | Loading | Stale | NoMulti | AllowBusy, 0, 0, 0, Server, 0x10000, &ServerCommands.Shutdown);
        AddContainer("slowlog"u8, Server, 0x2020c);
        AddSubcommand("slowlog|get"u8, -2, Admin | Loading | Stale, 0, 0, 0, Server, 0x2020c, &SlowLogCommands.Get);
        AddSubcommand("slowlog|help"u8, 2, Loading | Stale, 0, 0, 0, Server, 0x60200, &SlowLogCommands.Help);
        AddSubcommand("slowlog|len"u8, 2, Admin | Loading | Stale, 0, 0, 0, Server, 0x2020c, &SlowLogCommands.Length);
        AddSubcommand("slowlog|reset"u8, 2, Admin | Loading | Stale, 0, 0, 0, Server, 0x2020c, &SlowLogCommands.Reset);
        Add("swapdb"u8, 3, Write | Fast, 0, 0, 0, Server, 0x40000, &DatabaseCommands.Swap);
        Add("time"u8, 1, Loading | Stale | Fast, 0, 0, 0, Server, 0x20600, &ServerCommands.Time);
        Add("wait"u8, 3, NoScript, 0, 0, 0, Generic, 0x30000, &ServerCommands.Wait);
    }

    // For a container that is also a command: its line was the last one.
    private static void BeginSubcommands()
    {
        _container = _count - 1;
        _commands[_container].Relative = (ushort)_count;
    }
}
