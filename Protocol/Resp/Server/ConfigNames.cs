using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>Names of the parameters of CONFIG.</summary>
internal static unsafe class ConfigNames
{
    /// <summary>The name.</summary>
    public static ReadOnlySpan<byte> Of(ConfigParameter parameter) => parameter switch
    {
        ConfigParameter.MaxMemory => "maxmemory"u8,
        ConfigParameter.MaxMemoryPolicy => "maxmemory-policy"u8,
        ConfigParameter.MaxMemorySamples => "maxmemory-samples"u8,
        ConfigParameter.Timeout => "timeout"u8,
        ConfigParameter.TcpKeepAlive => "tcp-keepalive"u8,
        ConfigParameter.MaxClients => "maxclients"u8,
        ConfigParameter.ProtoMaxBulkLen => "proto-max-bulk-len"u8,
        ConfigParameter.ClientQueryBufferLimit => "client-query-buffer-limit"u8,
        ConfigParameter.ClientOutputBufferLimit => "client-output-buffer-limit"u8,
        ConfigParameter.NotifyKeyspaceEvents => "notify-keyspace-events"u8,
        ConfigParameter.SlowLogLogSlowerThan => "slowlog-log-slower-than"u8,
        ConfigParameter.SlowLogMaxLen => "slowlog-max-len"u8,
        ConfigParameter.LatencyTracking => "latency-tracking"u8,
        ConfigParameter.LatencyTrackingInfoPercentiles => "latency-tracking-info-percentiles"u8,
        ConfigParameter.RequirePass => "requirepass"u8,
        ConfigParameter.Save => "save"u8,
        ConfigParameter.AppendOnly => "appendonly"u8,
        ConfigParameter.AppendFsync => "appendfsync"u8,
        ConfigParameter.Hz => "hz"u8,
        ConfigParameter.DynamicHz => "dynamic-hz"u8,
        ConfigParameter.ActiveExpireEffort => "active-expire-effort"u8,
        ConfigParameter.LfuLogFactor => "lfu-log-factor"u8,
        ConfigParameter.LfuDecayTime => "lfu-decay-time"u8,
        ConfigParameter.LatencyMonitorThreshold => "latency-monitor-threshold"u8,
        ConfigParameter.MaxMemoryClients => "maxmemory-clients"u8,
        ConfigParameter.Dir => "dir"u8,
        ConfigParameter.Port => "port"u8,
        ConfigParameter.Bind => "bind"u8,
        ConfigParameter.UnixSocket => "unixsocket"u8,
        ConfigParameter.Databases => "databases"u8,
        ConfigParameter.ClusterEnabled => "cluster-enabled"u8,
        ConfigParameter.Daemonize => "daemonize"u8,
        ConfigParameter.Supervised => "supervised"u8,
        ConfigParameter.EnableDebugCommand => "enable-debug-command"u8,
        ConfigParameter.TcpBacklog => "tcp-backlog"u8,
        ConfigParameter.IoThreads => "io-threads"u8,
        ConfigParameter.LogFile => "logfile"u8,
        ConfigParameter.ReplicaOf => "replicaof"u8,
        ConfigParameter.SlaveOf => "slaveof"u8,
        ConfigParameter.ReplicaReadOnly => "replica-read-only"u8,
        ConfigParameter.SlaveReadOnly => "slave-read-only"u8,
        _ => "pidfile"u8,
    };

    /// <summary>The parameter with a name, or −1.</summary>
    public static int Find(Argument* name)
    {
        for (int i = 0; i < (int)ConfigParameter.Count; i++)
        {
            if (name->Is(Of((ConfigParameter)i)))
            {
                return i;
            }
        }

        return -1;
    }
}
