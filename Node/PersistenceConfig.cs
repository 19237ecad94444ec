using System;
using System.Text;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>The parameters of CONFIG that say how data are kept, by Redis's names.</summary>
internal static unsafe class PersistenceConfig
{
    private const string Nowhere = "nothing is kept on disk: start the node with --data DIR";
    private const string Protected = "can't set protected config";
    private const long Second = 1_000_000_000;

    /// <summary>Makes them.</summary>
    public static ConfigEntry[] Make(Settings settings)
    {
        DataSettings data = settings.Data;
        return
        [
            new("save", text => ShowPoints(text, data.SavePoints),
                (Argument* value, out ConfigValue read) => CheckPoints(settings, value, out read),
                value => SetPoints(settings, (SavePoint[])value.Object!)),
            new("appendonly", text => text.Add(IsLogging(settings) ? "yes"u8 : "no"u8),
                (Argument* value, out ConfigValue read) => CheckLogging(settings, value, out read),
                _ => { })
            {
                AtStart = value => data.LogsAtStart = value.Number != 0,
                Try = (value, inTransaction) => settings.Node!.Persistence?.Switch.Turn(
                    value.Number != 0, inTransaction, settings.Node.Replication.IsReplica),
            },
            new("appendfsync", text => text.Add(PolicyOf(data.Interval)), CheckPolicy, value => SetPolicy(settings, value.Number))
            {
                Option = "fsync",
            },
            ConfigEntry.YesOrNo(
                "stop-writes-on-bgsave-error", () => data.StopsOnSaveError ? 1 : 0, value => SetStops(settings, value != 0)),
            Named("data-rewrite-percentage", ConfigEntry.Number("auto-aof-rewrite-percentage", 0, int.MaxValue,
                () => data.RewritePercentage, value => data.RewritePercentage = value)),
            Named("data-rewrite-min-size", ConfigEntry.Memory(
                "auto-aof-rewrite-min-size", 0, long.MaxValue, () => data.RewriteMinSize, value => data.RewriteMinSize = value)),
            Named("data-repair", ConfigEntry.YesOrNo("aof-load-truncated", () => data.Repair > 0 ? 1 : 0,
                value => data.Repair = value == 0 ? 0 : Math.Max(data.Repair, LogRepair.DefaultLimit))),

            // Whoever could set these could have files written anywhere.
            new("dir", text => text.AddText(data.Folder is null ? SystemFacts.Folder() : FullPath(data.Folder)), Refuse, _ => { }),
            new("dbfilename", text => text.Add("dump.rdb"u8), Refuse, _ => { }),
            new("appendfilename", text => text.Add("appendonly.aof"u8)) { IsFixed = true },
            new("appenddirname", text => text.Add("appendonlydir"u8)) { IsFixed = true },
            new("enable-protected-configs", text => text.Add("no"u8)) { IsFixed = true },
        ];
    }

    private static ConfigEntry Named(string option, ConfigEntry entry)
    {
        entry.Option = option;
        return entry;
    }

    private static bool IsLogging(Settings settings) => settings.Node is { Common.Persistence.IsLogging: true };

    private static string FullPath(string path) => path.StartsWith('/') ? path : SystemFacts.Folder() + "/" + path;

    private static ReadOnlySpan<byte> PolicyOf(long interval)
        => interval == ChangeLog.Always ? "always"u8 : interval == ChangeLog.Never ? "no"u8 : "everysec"u8;

    private static string? Refuse(Argument* value, out ConfigValue read)
    {
        read = default;
        return Protected;
    }

    private static string? CheckLogging(Settings settings, Argument* value, out ConfigValue read)
    {
        read = default;
        string? complaint = ConfigValues.ReadYesOrNo(value, out read.Number);
        return complaint ?? (read.Number != 0 == IsLogging(settings) ? null
            : settings.Data.Folder is null ? Nowhere : null);
    }

    private static string? CheckPolicy(Argument* value, out ConfigValue read)
    {
        read = default;
        read.Number = value->Is("always"u8) ? ChangeLog.Always : value->Is("no"u8) ? ChangeLog.Never : Second;
        return read.Number != Second || value->Is("everysec"u8) ? null
            : "argument(s) must be one of the following: everysec, always, no";
    }

    private static void SetPolicy(Settings settings, long interval)
    {
        // An interval of --fsync stays what it is.
        if (interval != Second || settings.Data.Interval <= 0)
        {
            settings.Data.Interval = interval;
        }

        settings.Node!.Persistence?.Logging.IntervalChanged();
    }

    private static void ShowPoints(ReplyText text, SavePoint[] points)
    {
        for (int i = 0; i < points.Length; i++)
        {
            text.Add(i == 0 ? ""u8 : " "u8).Add(points[i].Seconds).Add(" "u8).Add(points[i].Changes);
        }
    }

    private static string? CheckPoints(Settings settings, Argument* value, out ConfigValue read)
    {
        const string invalid = "Invalid save parameters";
        read = default;
        string[] words = value->Length == 0 ? [] : Encoding.ASCII.GetString(value->Span).Split(' ');
        if (words.Length % 2 != 0)
        {
            return invalid;
        }

        SavePoint[] points = new SavePoint[words.Length / 2];
        for (int i = 0; i < points.Length; i++)
        {
            if (!ValueText.TryParseInteger(words[2 * i], out long seconds) || seconds < 1
                || !ValueText.TryParseInteger(words[(2 * i) + 1], out long changes) || changes < 0)
            {
                return invalid;
            }

            points[i] = new SavePoint(seconds, changes);
        }

        read.Object = points;
        return points.Length == 0 || settings.Data.Folder is not null ? null : Nowhere;
    }

    private static void SetPoints(Settings settings, SavePoint[] points)
    {
        settings.Data.SavePoints = points;
        settings.Node!.Persistence?.Reporter.UpdateRefusal();
    }

    private static void SetStops(Settings settings, bool stops)
    {
        settings.Data.StopsOnSaveError = stops;
        settings.Node!.Persistence?.Reporter.UpdateRefusal();
    }
}
