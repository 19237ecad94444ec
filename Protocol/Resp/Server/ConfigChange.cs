using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>One CONFIG SET: first every value is checked, then all are applied. One thread; two at the same time may mix.</summary>
internal sealed unsafe partial class ConfigChange
{
    private const int MostPasswordBytes = 4096;
    private const long MostValueBytes = 1L << 30;
    private const long Megabyte = 1 << 20;

    private readonly RespCall _call;
    private readonly long[] _numbers = new long[(int)ConfigParameter.Count];
    private readonly bool[] _isSet = new bool[(int)ConfigParameter.Count];
    private byte[]? _password;
    private long[] _percentiles = [];

    /// <summary>Makes a change of nothing.</summary>
    public ConfigChange(RespCall call)
    {
        _call = call;
    }

    /// <summary>Checks a value and keeps it.</summary>
    /// <returns>Null, or what is wrong in Redis's words.</returns>
    public string? Check(ConfigParameter parameter, Argument* value)
    {
        _isSet[(int)parameter] = true;
        return parameter switch
        {
            ConfigParameter.MaxMemory => Memory(parameter, value, 0, long.MaxValue),
            ConfigParameter.MaxMemoryPolicy => Policy(value),
            ConfigParameter.MaxMemorySamples => Number(parameter, value, 1, int.MaxValue),
            ConfigParameter.Timeout or ConfigParameter.TcpKeepAlive => Number(parameter, value, 0, int.MaxValue),
            ConfigParameter.MaxClients => Clients(value),
            ConfigParameter.ProtoMaxBulkLen => Memory(parameter, value, Megabyte, MostValueBytes),
            ConfigParameter.ClientQueryBufferLimit => Memory(parameter, value, Megabyte, long.MaxValue),
            ConfigParameter.ClientOutputBufferLimit => OutputLimits(value),
            ConfigParameter.NotifyKeyspaceEvents => ConfigValues.TryReadEvents(value->Span, out _numbers[(int)parameter])
                ? null : "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
            ConfigParameter.SlowLogLogSlowerThan => Number(parameter, value, -1, long.MaxValue),
            ConfigParameter.SlowLogMaxLen => Number(parameter, value, 0, long.MaxValue),
            ConfigParameter.LatencyTracking => YesOrNo(parameter, value),
            ConfigParameter.LatencyTrackingInfoPercentiles => Percentiles(value),
            ConfigParameter.RequirePass => Password(value),
            _ => Same(parameter, value),
        };
    }

    /// <summary>Applies all that was checked.</summary>
    public void Apply()
    {
        for (int i = 0; i < _isSet.Length; i++)
        {
            if (_isSet[i])
            {
                Apply((ConfigParameter)i, _numbers[i]);
            }
        }

        // Time-outs and a lowered maximum are the loop's business from now on.
        _call.Node.NoteMemory(_call.Services.Store);
        _call.Turn.Server.EnsureTick();
    }

    private void Apply(ConfigParameter parameter, long number)
    {
        ServerOptions engine = _call.Turn.Server.Options;
        KeyValueStore store = _call.Services.Store;
        RespNode node = _call.Node;
        switch (parameter)
        {
            case ConfigParameter.MaxMemory:
                store.MaxMemory = number;
                break;
            case ConfigParameter.MaxMemoryPolicy:
                store.Policy = (EvictionPolicy)number;
                break;
            case ConfigParameter.MaxMemorySamples:
                store.EvictionSamples = (int)number;
                break;
            case ConfigParameter.Timeout:
                engine.IdleTimeout = (int)Math.Min(number * 1000, int.MaxValue);
                break;
            case ConfigParameter.TcpKeepAlive:
                engine.KeepAliveSeconds = (int)number;
                break;
            case ConfigParameter.MaxClients:
                engine.MaxClients = (int)number;
                break;
            case ConfigParameter.ProtoMaxBulkLen:
                _call.Services.MaxValue = number;
                break;
            case ConfigParameter.ClientQueryBufferLimit:
                _call.Services.MaxRequest = number;
                break;
            case ConfigParameter.ClientOutputBufferLimit:
                ApplyOutputLimits();
                break;
            case ConfigParameter.NotifyKeyspaceEvents:
                node.ConfigureKeyEvents((KeyEvents)number);
                break;
            case ConfigParameter.SlowLogLogSlowerThan:
                node.SlowLog.SetThreshold(node, number);
                break;
            case ConfigParameter.SlowLogMaxLen:
                node.SlowLog.Capacity = number;
                break;
            case ConfigParameter.LatencyTracking:
                node.TracksLatency = number != 0;
                break;
            case ConfigParameter.LatencyTrackingInfoPercentiles:
                node.Percentiles = _percentiles;
                break;
            case ConfigParameter.RequirePass:
                _call.Services.Password = _password;
                break;
            default:
                break;
        }
    }

    private string? Number(ConfigParameter parameter, Argument* value, long least, long most)
    {
        if (!Numbers.TryParse(value->Data, value->Length, out long number))
        {
            return "argument couldn't be parsed into an integer";
        }

        _numbers[(int)parameter] = number;
        return number >= least && number <= most ? null : Between(least, most);
    }

    private string? Memory(ConfigParameter parameter, Argument* value, long least, long most)
    {
        if (!ConfigValues.TryReadMemory(value, out long bytes))
        {
            return "argument must be a memory value";
        }

        _numbers[(int)parameter] = bytes;
        return bytes >= least && bytes <= most ? null : Between(least, most);
    }

    private string? Clients(Argument* value)
    {
        string? complaint = Number(ConfigParameter.MaxClients, value, 1, uint.MaxValue);
        int possible = _call.Turn.Server.Connections.Capacity;
        return complaint ?? (_numbers[(int)ConfigParameter.MaxClients] <= possible ? null
            : "The operating system is not able to handle the specified number of clients, try with " + Text(possible));
    }

    private string? Policy(Argument* value)
    {
        for (int i = 0; i < ConfigValues.Policies; i++)
        {
            if (value->Is(ConfigValues.PolicyName((EvictionPolicy)i)))
            {
                _numbers[(int)ConfigParameter.MaxMemoryPolicy] = i;
                return null;
            }
        }

        return "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction";
    }

    private string? YesOrNo(ConfigParameter parameter, Argument* value)
    {
        _numbers[(int)parameter] = value->Is("yes"u8) ? 1 : 0;
        return value->Is("yes"u8) || value->Is("no"u8) ? null : "argument must be 'yes' or 'no'";
    }

    private string? Password(Argument* value)
    {
        _password = value->Length == 0 ? null : value->Span.ToArray();
        return value->Length <= MostPasswordBytes ? null : "argument must be at most 4096 bytes";
    }

    private string? Percentiles(Argument* value)
    {
        long[] percentiles = [];
        int count = 0;
        ReadOnlySpan<byte> rest = value->Span;
        while ((rest = rest.TrimStart((byte)' ')).Length > 0)
        {
            int end = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? rest : rest[..end];
            if (!ConfigValues.TryReadMillionths(word, out long percentile))
            {
                return "Invalid latency-tracking-info-percentiles parameters";
            }

            if (percentile > 100_000_000)
            {
                return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
            }

            if (count == percentiles.Length)
            {
                Array.Resize(ref percentiles, Math.Max(4, 2 * count));
            }

            percentiles[count++] = percentile;
            rest = rest[word.Length..];
        }

        Array.Resize(ref percentiles, count);
        _percentiles = percentiles;
        return null;
    }

    // What can be set in Redis and is fixed here: setting it to what it is changes nothing, and programs do that.
    private string? Same(ConfigParameter parameter, Argument* value)
    {
        string? complaint = parameter is ConfigParameter.AppendOnly or ConfigParameter.DynamicHz ? YesOrNo(parameter, value)
            : parameter is ConfigParameter.Hz ? Number(parameter, value, int.MinValue, int.MaxValue)
            : parameter is ConfigParameter.LfuLogFactor or ConfigParameter.LfuDecayTime ? Number(parameter, value, 0, int.MaxValue)
            : parameter is ConfigParameter.LatencyMonitorThreshold ? Number(parameter, value, 0, long.MaxValue)
            : null;
        if (complaint is not null)
        {
            return complaint;
        }

        ReplyText present = new();
        ConfigReader.Add(_call, parameter, present);
        return value->Is(present.Written) || value->Span.SequenceEqual(present.Written) ? null : "can't set immutable config";
    }

    private static string Between(long least, long most) => "argument must be between " + Text(least) + " and " + Text(most) + " inclusive";

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
