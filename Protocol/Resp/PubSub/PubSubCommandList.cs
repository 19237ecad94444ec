using static Epollsrv.Protocol.Resp.CommandFlags;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands of publishing and subscribing, and MONITOR, as <see cref="CommandTableBuilder.Add"/> takes them.</summary>
internal static unsafe class PubSubCommandList
{
    /// <summary>Adds them to the table.</summary>
    public static void AddTo(CommandTableBuilder table)
    {
        const CommandGroup group = CommandGroup.PubSub;
        const CommandFlags subscribing = CommandFlags.PubSub | NoScript | Loading | Stale | WhileSubscribed;
        const CommandFlags publishing = CommandFlags.PubSub | Loading | Stale | Fast | PausedAsWrite;
        const CommandFlags looking = CommandFlags.PubSub | Loading | Stale;
        table.Add("subscribe"u8, -2, subscribing, 0, 0, 0, group, 0x20000, &SubscribeCommands.Subscribe);
        table.Add("psubscribe"u8, -2, subscribing, 0, 0, 0, group, 0x20000, &SubscribeCommands.PSubscribe);
        table.Add("unsubscribe"u8, -1, subscribing, 0, 0, 0, group, 0x20000, &SubscribeCommands.Unsubscribe);
        table.Add("punsubscribe"u8, -1, subscribing, 0, 0, 0, group, 0x20000, &SubscribeCommands.PUnsubscribe);
        table.Add("ssubscribe"u8, -2, subscribing, 1, -1, 1, group, 0x70000, &SubscribeCommands.SSubscribe);
        table.Add("sunsubscribe"u8, -1, subscribing, 1, -1, 1, group, 0x70000, &SubscribeCommands.SUnsubscribe);
        table.Add("publish"u8, 3, publishing, 0, 0, 0, group, 0x20000, &PublishCommands.Publish);
        table.Add("spublish"u8, 3, publishing, 1, 1, 1, group, 0x70000, &PublishCommands.SPublish);
        table.Add("monitor"u8, 1, Admin | NoScript | Loading | Stale, 0, 0, 0, CommandGroup.Server, 0x10000, &MonitorCommand.Monitor);
        table.AddContainer("pubsub"u8, group, 0x20800);
        table.AddSubcommand("pubsub|channels"u8, -2, looking, 0, 0, 0, group, 0x20800, &PublishCommands.Channels);
        table.AddSubcommand("pubsub|help"u8, 2, Loading | Stale, 0, 0, 0, group, 0x60200, &PublishCommands.Help);
        table.AddSubcommand("pubsub|numpat"u8, 2, looking, 0, 0, 0, group, 0x20800, &PublishCommands.NumPat);
        table.AddSubcommand("pubsub|numsub"u8, -2, looking, 0, 0, 0, group, 0x20800, &PublishCommands.NumSub);
        table.AddSubcommand("pubsub|shardchannels"u8, -2, looking, 0, 0, 0, group, 0x70000, &PublishCommands.ShardChannels);
        table.AddSubcommand("pubsub|shardnumsub"u8, -2, looking, 0, 0, 0, group, 0x70000, &PublishCommands.ShardNumSub);
    }
}
