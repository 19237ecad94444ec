using static Epollsrv.Protocol.Resp.CommandFlags;
using static Epollsrv.Protocol.Resp.CommandGroup;

namespace Epollsrv.Protocol.Resp;

// What lasts longer than a command. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddTransactions()
    {
        Add("multi"u8, 1, NoScript | Loading | Stale | Fast | AllowBusy | NeverQueued, 0, 0, 0, Transactions, 0x10200, &TransactionCommands.Multi);
        Add("exec"u8, 1, NoScript | Loading | Stale | SkipSlowLog | NeverQueued, 0, 0, 0, Transactions, 0x10200, &TransactionCommands.Exec);
        Add("discard"u8, 1, NoScript | Loading | Stale | Fast | AllowBusy | NeverQueued, 0, 0, 0, Transactions, 0x20000, &TransactionCommands.Discard);
        Add("watch"u8, -2, NoScript | Loading | Stale | Fast | AllowBusy | NeverQueued, 1, -1, 1, Transactions, 0x20200, &TransactionCommands.Watch);
        Add("unwatch"u8, 1, NoScript | Loading | Stale | Fast | AllowBusy, 0, 0, 0, Transactions, 0x20200, &TransactionCommands.Unwatch);
    }

    private static void AddPubSub()
    {
        const CommandFlags subscribing = CommandFlags.PubSub | NoScript | Loading | Stale | WhileSubscribed;
        const CommandFlags publishing = CommandFlags.PubSub | Loading | Stale | Fast | PausedAsWrite;
        const CommandFlags looking = CommandFlags.PubSub | Loading | Stale;
        Add("subscribe"u8, -2, subscribing, 0, 0, 0, CommandGroup.PubSub, 0x20000, &SubscribeCommands.Subscribe);
        Add("psubscribe"u8, -2, subscribing, 0, 0, 0, CommandGroup.PubSub, 0x20000, &SubscribeCommands.PSubscribe);
        Add("unsubscribe"u8, -1, subscribing, 0, 0, 0, CommandGroup.PubSub, 0x20000, &SubscribeCommands.Unsubscribe);
        Add("punsubscribe"u8, -1, subscribing, 0, 0, 0, CommandGroup.PubSub, 0x20000, &SubscribeCommands.PUnsubscribe);
        Add("ssubscribe"u8, -2, subscribing, 1, -1, 1, CommandGroup.PubSub, 0x70000, &SubscribeCommands.SSubscribe);
        Add("sunsubscribe"u8, -1, subscribing, 1, -1, 1, CommandGroup.PubSub, 0x70000, &SubscribeCommands.SUnsubscribe);
        Add("publish"u8, 3, publishing, 0, 0, 0, CommandGroup.PubSub, 0x20000, &PublishCommands.Publish);
        Add("spublish"u8, 3, publishing, 1, 1, 1, CommandGroup.PubSub, 0x70000, &PublishCommands.SPublish);
        Add("monitor"u8, 1, Admin | NoScript | Loading | Stale, 0, 0, 0, Server, 0x10000, &MonitorCommand.Monitor);
        AddContainer("pubsub"u8, CommandGroup.PubSub, 0x20800);
        AddSubcommand("pubsub|channels"u8, -2, looking, 0, 0, 0, CommandGroup.PubSub, 0x20800, &PublishCommands.Channels);
        AddSubcommand("pubsub|help"u8, 2, Loading | Stale, 0, 0, 0, CommandGroup.PubSub, 0x60200, &PublishCommands.Help);
        AddSubcommand("pubsub|numpat"u8, 2, looking, 0, 0, 0, CommandGroup.PubSub, 0x20800, &PublishCommands.NumPat);
        AddSubcommand("pubsub|numsub"u8, -2, looking, 0, 0, 0, CommandGroup.PubSub, 0x20800, &PublishCommands.NumSub);
        AddSubcommand("pubsub|shardchannels"u8, -2, looking, 0, 0, 0, CommandGroup.PubSub, 0x70000, &PublishCommands.ShardChannels);
        AddSubcommand("pubsub|shardnumsub"u8, -2, looking, 0, 0, 0, CommandGroup.PubSub, 0x70000, &PublishCommands.ShardNumSub);
    }

    private static void AddClients()
    {
        const CommandFlags own = NoScript | Loading | Stale;
        const CommandFlags others = Admin | NoScript | Loading | Stale;
        AddContainer("client"u8, Connection, 0x20400);
        AddSubcommand("client|caching"u8, 3, own, 0, 0, 0, Connection, 0x60000, &TrackingCommands.Caching);
        AddSubcommand("client|getname"u8, 2, own, 0, 0, 0, Connection, 0x20609, &ClientCommands.GetName);
        AddSubcommand("client|getredir"u8, 2, own, 0, 0, 0, Connection, 0x60000, &TrackingCommands.GetRedirection);
        AddSubcommand("client|help"u8, 2, Loading | Stale, 0, 0, 0, Connection, 0x50000, &ClientListCommands.Help);
        AddSubcommand("client|id"u8, 2, own, 0, 0, 0, Connection, 0x50000, &ClientCommands.Id);
        AddSubcommand("client|info"u8, 2, own, 0, 0, 0, Connection, 0x60200, &ClientListCommands.Info);
        AddSubcommand("client|kill"u8, -3, others | Long, 0, 0, 0, Connection, 0x20400, &ClientListCommands.Kill);
        AddSubcommand("client|list"u8, -2, others | Long, 0, 0, 0, Connection, 0x20400, &ClientListCommands.List);
        AddSubcommand("client|no-evict"u8, 3, others, 0, 0, 0, Connection, 0x70000, &ClientCommands.NoEvict);
        AddSubcommand("client|no-touch"u8, 3, own, 0, 0, 0, Connection, 0x70200, &ClientCommands.NoTouch);
        AddSubcommand("client|pause"u8, -3, others, 0, 0, 0, Connection, 0x20932, &ClientCommands.Pause);
        AddSubcommand("client|reply"u8, 3, own, 0, 0, 0, Connection, 0x30200, &ClientCommands.Reply);
        AddSubcommand("client|setinfo"u8, 4, own, 0, 0, 0, Connection, 0x70200, &ClientCommands.SetInfo);
        AddSubcommand("client|setname"u8, 3, own, 0, 0, 0, Connection, 0x20609, &AuthenticationCommands.SetName);
        AddSubcommand("client|trackinginfo"u8, 2, own, 0, 0, 0, Connection, 0x60200, &TrackingCommands.Information);
        AddSubcommand("client|unblock"u8, -3, others, 0, 0, 0, Connection, 0x50000, &ClientCommands.Unblock);
        AddSubcommand("client|unpause"u8, 2, others, 0, 0, 0, Connection, 0x60200, &ClientCommands.Unpause);
    }
}
