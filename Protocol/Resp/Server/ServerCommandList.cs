using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands about the server, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class ServerCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        const CommandFlags anyTime = Loading | Stale;
        const CommandFlags operators = Admin | NoScript | anyTime;
        table.Add("bgrewriteaof"u8, 1, Admin | NoScript | NoAsyncLoading, 0, 0, 0, Server, 0x10000, &SaveCommands.RewriteLog);
        table.Add("bgsave"u8, -1, Admin | NoScript | NoAsyncLoading, 0, 0, 0, Server, 0x10000, &SaveCommands.BackgroundSave);
        table.Add("command"u8, -1, anyTime | Long | Container, 0, 0, 0, Server, 0x2080d, &CommandCommands.Command);
        table.BeginSubcommands();
        table.AddSubcommand("command|count"u8, 2, anyTime, 0, 0, 0, Server, 0x2080d, &CommandCommands.Count);
        table.AddSubcommand("command|docs"u8, -2, anyTime | Long, 0, 0, 0, Server, 0x70000, &CommandDocumentation.Docs);
        table.AddSubcommand("command|getkeys"u8, -4, anyTime, 0, 0, 0, Server, 0x2080d, &CommandKeys.GetKeys);
        table.AddSubcommand("command|getkeysandflags"u8, -4, anyTime, 0, 0, 0, Server, 0x70000, &CommandKeys.GetKeysAndFlags);
        table.AddSubcommand("command|help"u8, 2, anyTime, 0, 0, 0, Server, 0x50000, &CommandCommands.Help);
        table.AddSubcommand("command|info"u8, -2, anyTime | Long, 0, 0, 0, Server, 0x2080d, &CommandCommands.Info);
        table.AddSubcommand("command|list"u8, -2, anyTime | Long, 0, 0, 0, Server, 0x70000, &CommandCommands.List);
        table.AddContainer("config"u8, Server, 0x20000);
        table.AddSubcommand("config|get"u8, -3, operators, 0, 0, 0, Server, 0x20000, &ConfigCommands.Get);
        table.AddSubcommand("config|help"u8, 2, anyTime, 0, 0, 0, Server, 0x50000, &ConfigCommands.Help);
        table.AddSubcommand("config|reload"u8, 2, operators | Long | NoMulti, 0, 0, 0, Server, 0x7000F, &ConfigCommands.Reload);
        table.AddSubcommand("config|resetstat"u8, 2, operators, 0, 0, 0, Server, 0x20000, &ConfigCommands.ResetStat);
        table.AddSubcommand("config|rewrite"u8, 2, operators | Long, 0, 0, 0, Server, 0x20800, &ConfigCommands.Rewrite);
        table.AddSubcommand("config|set"u8, -4, operators, 0, 0, 0, Server, 0x20000, &ConfigCommands.Set);
        table.Add("asking"u8, 1, Fast, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Refuse);
        table.Add("cluster"u8, -2, None, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Cluster);
        table.Add("readonly"u8, 1, anyTime | Fast, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Refuse);
        table.Add("readwrite"u8, 1, anyTime | Fast, 0, 0, 0, Cluster, 0x30000, &ClusterCommands.Refuse);
        table.Add("dbsize"u8, 1, ReadOnly | Fast, 0, 0, 0, Server, 0x10000, &ServerCommands.DbSize);
        table.Add("debug"u8, -2, operators | Long, 0, 0, 0, Server, 0x10000, &DebugCommand.Debug);
        table.Add("failover"u8, -1, Admin | NoScript | Stale | Long, 0, 0, 0, Server, 0x60200, &FailoverCommand.Failover);
        table.Add("flushall"u8, -1, Write | Long, 0, 0, 0, Server, 0x10000, &FlushCommands.FlushAll);
        table.Add("flushdb"u8, -1, Write | Long, 0, 0, 0, Server, 0x10000, &FlushCommands.FlushDatabase);
        table.AddContainer("function"u8, Scripting, 0x70000);
        table.AddSubcommand("function|flush"u8, -2, Write | NoScript, 0, 0, 0, Scripting, 0x70000, &FlushCommands.FunctionFlush);
        table.AddSubcommand("function|help"u8, 2, anyTime, 0, 0, 0, Scripting, 0x70000, &FlushCommands.FunctionHelp);
        table.Add("info"u8, -1, anyTime, 0, 0, 0, Server, 0x10000, &InfoCommand.Info);
        table.Add("lastsave"u8, 1, anyTime | Fast, 0, 0, 0, Server, 0x10000, &SaveCommands.LastSave);
        table.AddContainer("latency"u8, Server, 0x2080d);
        table.AddSubcommand("latency|doctor"u8, 2, operators, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Doctor);
        table.AddSubcommand("latency|graph"u8, 3, operators, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Graph);
        table.AddSubcommand("latency|help"u8, 2, anyTime, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Help);
        table.AddSubcommand("latency|histogram"u8, -2, operators | Long, 0, 0, 0, Server, 0x70000, &LatencyCommands.Histogram);
        table.AddSubcommand("latency|history"u8, 3, operators, 0, 0, 0, Server, 0x2080d, &LatencyCommands.History);
        table.AddSubcommand("latency|latest"u8, 2, operators, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Latest);
        table.AddSubcommand("latency|reset"u8, -2, operators, 0, 0, 0, Server, 0x2080d, &LatencyCommands.Reset);
        table.Add("lolwut"u8, -1, ReadOnly | Fast, 0, 0, 0, Server, 0x50000, &ServerCommands.Lolwut);
        table.AddContainer("memory"u8, Server, 0x40000);
        table.AddSubcommand("memory|doctor"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.Doctor);
        table.AddSubcommand("memory|help"u8, 2, anyTime, 0, 0, 0, Server, 0x40000, &MemoryCommands.Help);
        table.AddSubcommand("memory|malloc-stats"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.MallocStats);
        table.AddSubcommand("memory|purge"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.Purge);
        table.AddSubcommand("memory|stats"u8, 2, None, 0, 0, 0, Server, 0x40000, &MemoryCommands.Stats);
        table.AddSubcommand("memory|usage"u8, -3, ReadOnly, 2, 2, 1, Server, 0x40000, &MemoryCommands.Usage);
        table.Add("psync"u8, -3, Admin | NoScript | NoAsyncLoading | NoMulti | Long, 0, 0, 0, Server, 0x20800, &ReplicaCommands.PartialSync);
        table.Add("replconf"u8, -1, Admin | NoScript | Loading | Stale | AllowBusy, 0, 0, 0, Server, 0x30000, &ReplicaCommands.Configure);
        table.Add("replicaof"u8, 3, Admin | NoScript | Stale | NoAsyncLoading | Long, 0, 0, 0, Server, 0x50000, &FollowCommands.ReplicaOf);
        table.Add("role"u8, 1, NoScript | Loading | Stale | Fast, 0, 0, 0, Server, 0x2080c, &RoleCommand.Role);
        table.Add("save"u8, 1, Admin | NoScript | NoAsyncLoading | NoMulti | Long, 0, 0, 0, Server, 0x10000, &SaveCommands.Save);
        table.Add("shutdown"u8, -1, operators | NoMulti | AllowBusy, 0, 0, 0, Server, 0x10000, &ShutdownCommand.Shutdown);
        table.Add("slaveof"u8, 3, Admin | NoScript | Stale | NoAsyncLoading | Long, 0, 0, 0, Server, 0x10000, &FollowCommands.ReplicaOf);
        table.AddContainer("slowlog"u8, Server, 0x2020c);
        table.AddSubcommand("slowlog|get"u8, -2, Admin | Loading | Stale, 0, 0, 0, Server, 0x2020c, &SlowLogCommands.Get);
        table.AddSubcommand("slowlog|help"u8, 2, anyTime, 0, 0, 0, Server, 0x60200, &SlowLogCommands.Help);
        table.AddSubcommand("slowlog|len"u8, 2, Admin | Loading | Stale, 0, 0, 0, Server, 0x2020c, &SlowLogCommands.Length);
        table.AddSubcommand("slowlog|reset"u8, 2, Admin | Loading | Stale, 0, 0, 0, Server, 0x2020c, &SlowLogCommands.Reset);
        table.Add("swapdb"u8, 3, Write | Fast, 0, 0, 0, Server, 0x40000, &DatabaseCommands.Swap);
        table.Add("sync"u8, 1, Admin | NoScript | NoAsyncLoading | NoMulti | Long, 0, 0, 0, Server, 0x10000, &ReplicaCommands.Sync);
        table.Add("time"u8, 1, anyTime | Fast, 0, 0, 0, Server, 0x20600, &ServerCommands.Time);
        table.Add("wait"u8, 3, NoScript, 0, 0, 0, Generic, 0x30000, &WaitCommand.Wait);
        table.Add("waitaof"u8, 4, NoScript, 0, 0, 0, Generic, 0x70200, &SaveCommands.WaitForDisk);
    }
}
