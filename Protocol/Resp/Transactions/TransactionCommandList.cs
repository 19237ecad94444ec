using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands of transactions, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class TransactionCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        const CommandFlags common = NoScript | Loading | Stale;
        table.Add("multi"u8, 1, common | Fast | AllowBusy | NeverQueued, 0, 0, 0, Transactions, 0x10200, &TransactionCommands.Multi);
        table.Add("exec"u8, 1, common | SkipSlowLog | NeverQueued, 0, 0, 0, Transactions, 0x10200, &TransactionCommands.Exec);
        table.Add("discard"u8, 1, common | Fast | AllowBusy | NeverQueued, 0, 0, 0, Transactions, 0x20000, &TransactionCommands.Discard);
        table.Add("watch"u8, -2, common | Fast | AllowBusy | NeverQueued, 1, -1, 1, Transactions, 0x20200, &TransactionCommands.Watch);
        table.Add("unwatch"u8, 1, common | Fast | AllowBusy, 0, 0, 0, Transactions, 0x20200, &TransactionCommands.Unwatch);
    }
}
