using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>The parameters of CONFIG that say how replicas are fed, by Redis's names.</summary>
internal static class ReplicationConfig
{
    private const long SmallestBacklog = 16 << 10;

    /// <summary>Makes them.</summary>
    public static ConfigEntry[] Make(Settings settings)
    {
        ReplicaOptions options = settings.Resp.Replicas;
        return
        [
            ConfigEntry.Memory("repl-backlog-size", 1, long.MaxValue, () => options.BacklogSize,
                value => SetBacklogSize(settings, value)),
            ConfigEntry.Number("repl-backlog-ttl", 0, long.MaxValue, () => options.BacklogSeconds, value => options.BacklogSeconds = value),
            ConfigEntry.Number("repl-timeout", 1, int.MaxValue, () => options.TimeoutSeconds, value => options.TimeoutSeconds = value),
            .. Both("repl-ping-replica-period", "repl-ping-slave-period", 1,
                () => options.PingSeconds, value => options.PingSeconds = value),
            .. Both("min-replicas-to-write", "min-slaves-to-write", 0,
                () => options.FewestReplicas, value => SetFewest(settings, value)),
            .. Both("min-replicas-max-lag", "min-slaves-max-lag", 0, () => options.LongestLag, value => options.LongestLag = value),
        ];
    }

    private static ConfigEntry[] Both(string name, string oldName, long least, ConfigEntry.Reading get, ConfigEntry.Writing set)
    {
        return [ConfigEntry.Number(name, least, int.MaxValue, get, set), ConfigEntry.Number(oldName, least, int.MaxValue, get, set)];
    }

    private static void SetBacklogSize(Settings settings, long value)
    {
        settings.Resp.Replicas.BacklogSize = System.Math.Max(value, SmallestBacklog);
        settings.Node!.Feed.LimitsChanged();
    }

    private static void SetFewest(Settings settings, long value)
    {
        ReplicaOptions options = settings.Resp.Replicas;
        bool had = options.FewestReplicas > 0;
        options.FewestReplicas = value;
        if (had != value > 0)
        {
            settings.Node!.Common.CheckCommands(value > 0);
        }
    }
}
