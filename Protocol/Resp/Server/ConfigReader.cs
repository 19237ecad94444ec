using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>What the parameters of CONFIG are now.</summary>
internal static class ConfigReader
{
    /// <summary>Writes a value as CONFIG GET shows it.</summary>
    public static void Add(RespCall call, ConfigParameter parameter, ReplyText text)
    {
        ServerOptions engine = call.Turn.Server.Options;
        NodeServices services = call.Services;
        RespNode node = call.Node;
        _ = parameter switch
        {
            ConfigParameter.MaxMemory => text.Add(services.Store.MaxMemory),
            ConfigParameter.MaxMemoryPolicy => text.Add(ConfigValues.PolicyName(services.Store.Policy)),
            ConfigParameter.MaxMemorySamples => text.Add(services.Store.EvictionSamples),
            ConfigParameter.Timeout => text.Add((engine.IdleTimeout + 999) / 1000),
            ConfigParameter.TcpKeepAlive => text.Add(engine.KeepAliveSeconds),
            ConfigParameter.MaxClients => text.Add(engine.MaxClients),
            ConfigParameter.ProtoMaxBulkLen => text.Add(services.MaxValue),
            ConfigParameter.ClientQueryBufferLimit => text.Add(services.MaxRequest),
            ConfigParameter.ClientOutputBufferLimit => AddOutputLimits(text, services, node),
            ConfigParameter.NotifyKeyspaceEvents => AddEvents(text, node),
            ConfigParameter.SlowLogLogSlowerThan => text.Add(node.SlowLog.Threshold),
            ConfigParameter.SlowLogMaxLen => text.Add(node.SlowLog.Capacity),
            ConfigParameter.LatencyTracking => text.Add(node.TracksLatency ? "yes"u8 : "no"u8),
            ConfigParameter.LatencyTrackingInfoPercentiles => AddPercentiles(text, node.Percentiles),
            ConfigParameter.RequirePass => text.Add(services.Password),
            ConfigParameter.AppendOnly or ConfigParameter.ClusterEnabled or ConfigParameter.Daemonize or ConfigParameter.Supervised
                or ConfigParameter.DynamicHz => text.Add("no"u8),
            ConfigParameter.ReplicaReadOnly or ConfigParameter.SlaveReadOnly => text.Add("yes"u8),
            ConfigParameter.AppendFsync => text.Add("everysec"u8),
            ConfigParameter.Hz or ConfigParameter.LfuLogFactor => text.Add(10),
            ConfigParameter.LfuDecayTime or ConfigParameter.Databases or ConfigParameter.ActiveExpireEffort => text.Add(1),
            ConfigParameter.LatencyMonitorThreshold or ConfigParameter.MaxMemoryClients => text.Add(0),
            ConfigParameter.Dir => text.AddText(SystemFacts.Folder()),
            ConfigParameter.Port or ConfigParameter.Bind or ConfigParameter.UnixSocket => AddAddresses(text, call, parameter),
            ConfigParameter.EnableDebugCommand =>
                text.Add(services.Debug == DebugAccess.No ? "no"u8 : services.Debug == DebugAccess.Yes ? "yes"u8 : "local"u8),
            ConfigParameter.TcpBacklog => text.Add(engine.Backlog),
            ConfigParameter.IoThreads => text.Add(engine.Workers + 1),
            _ => text,
        };
    }

    // Replicas do not exist: their limits are only remembered.
    private static ReplyText AddOutputLimits(ReplyText text, NodeServices services, RespNode node)
    {
        long hard = services.MaxSubscriberOutput;
        return text.Add("normal 0 0 0 slave "u8).Add(node.ReplicaOutputLimits[0]).Add(" "u8).Add(node.ReplicaOutputLimits[1]).Add(" "u8).Add(node.ReplicaOutputLimits[2])
            .Add(" pubsub "u8).Add(hard == long.MaxValue ? 0 : hard).Add(" "u8).Add(services.SoftSubscriberOutput).Add(" "u8).Add(services.SoftOutputSeconds);
    }

    private static ReplyText AddEvents(ReplyText text, RespNode node)
    {
        ConfigValues.AddEvents(text, (long)node.ConfiguredKeyEvents);
        return text;
    }

    private static ReplyText AddPercentiles(ReplyText text, long[] percentiles)
    {
        for (int i = 0; i < percentiles.Length; i++)
        {
            _ = text.Add(i == 0 ? default : " "u8);
            ConfigValues.AddPercentile(text, percentiles[i]);
        }

        return text;
    }

    private static ReplyText AddAddresses(ReplyText text, RespCall call, ConfigParameter parameter)
    {
        bool first = true;
        foreach (SocketAddress address in call.Turn.Server.BoundAddresses)
        {
            bool isUnix = address.Family == SocketAddress.FamilyUnix;
            if (isUnix != (parameter == ConfigParameter.UnixSocket) || (!first && parameter != ConfigParameter.Bind))
            {
                continue;
            }

            _ = parameter == ConfigParameter.Port ? text.Add(address.Port) : text.Add(first ? default : " "u8).AddText(Host(address));
            first = false;
        }

        return first && parameter == ConfigParameter.Port ? text.Add(0) : text;
    }

    private static string Host(SocketAddress address)
    {
        string host = address.Host();
        return host.StartsWith("unix:", StringComparison.Ordinal) ? host[5..] : host;
    }
}
