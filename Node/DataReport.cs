using System;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>
/// What a node that keeps its data on disk tells of that: in /metrics and for the page. Read in passing, as the rest. Workers only.
/// </summary>
internal static unsafe class DataReport
{
    private const long Microsecond = 1000;

    /// <summary>Adds families to /metrics.</summary>
    public static void AddMetrics(RunningNode node, in MetricsWriter metrics)
    {
        NodePersistence data = node.Persistence!;
        PersistenceStatus status = data.Status;
        metrics.Gauge("data_loading"u8, "1 while the keys are loaded at the start."u8, data.IsLoading ? 1 : 0);
        metrics.Gauge("data_loading_bytes"u8, "Bytes of the files that were or are loaded at the start."u8, status.LoadingBytes);
        metrics.Gauge("data_loaded_bytes"u8, "Bytes of them read so far."u8, status.LoadedBytes);
        metrics.Gauge("data_loaded_keys"u8, "Keys of snapshots and records of the log read so far."u8, status.LoadedKeys);
        metrics.Gauge("data_writes_refused"u8, "1 while writes are refused because the log cannot be written, or the last save failed while there are save points."u8,
            data.WriteRefusal is null ? 0 : 1);
        metrics.Gauge("data_unsaved_changes"u8, "Changes of keys that dump.rdb does not have."u8, Math.Max(0, status.ChangesSinceSave));
        AddLog(node, data, status, metrics);
        AddSnapshots(data, status, metrics);
    }

    /// <summary>Adds the member "data" to /status.json, with a comma in front (docs/HTTP.md).</summary>
    public static void AddStatus(RunningNode node, ByteBuilder body)
    {
        NodePersistence data = node.Persistence!;
        PersistenceStatus status = data.Status;
        body.Add(",\"data\":{\"directory\":"u8);
        AddText(body, data.Folder.Path);
        body.Add(",\"fsync\":"u8);
        AddText(body, PolicyOf(data.Log?.Interval ?? data.Settings.Interval));
        body.Add(data.IsLoading ? ",\"loading\":true"u8 : ",\"loading\":false"u8);
        Number(body, "bytesToLoad"u8, status.LoadingBytes);
        Number(body, "bytesLoaded"u8, status.LoadedBytes);
        if (data.Log is { } log)
        {
            Number(body, "position"u8, log.Buffer.End);
            Number(body, "written"u8, log.Written);
            Number(body, "durable"u8, log.Synchronized);
            if (log.Statistics.LastEnd != 0)
            {
                Number(body, "sinceSynchronization"u8, Age(log) / (1000 * Microsecond));
            }
        }

        Number(body, "logBytes"u8, status.LogBytes);
        Number(body, "held"u8, node.Server.Gate.Waiting);
        body.Add(status.IsSaving ? ",\"snapshot\":\"save\""u8 : status.IsRewriting ? ",\"snapshot\":\"rewrite\""u8 : default);
        Number(body, "savedKeys"u8, status.SavedKeys);
        Number(body, "keysToSave"u8, status.KeysToSave);
        Number(body, "lastSave"u8, data.Jobs.Files.LastSave);
        Number(body, "lastRewrite"u8, data.Jobs.RewriteRecord.LastSuccess);
        if (data.WriteRefusal is not null)
        {
            body.Add(",\"refused\":"u8);
            body.AddJson(data.Trouble);
        }

        if ((data.Log?.Condition.Error ?? data.Jobs.RewriteRecord.Error ?? data.Jobs.SaveRecord.Error) is { } error)
        {
            body.Add(",\"lastError\":"u8);
            AddText(body, error);
        }

        body.Add((byte)'}');
    }

    /// <summary>As <see cref="Persistence.Status"/>. Any thread.</summary>
    public static PersistenceStatus StatusOf(NodePersistence data, RunningNode node, long loadingBegan)
    {
        PersistenceStatus status = default;
        status.LoadingBegan = loadingBegan;
        data.Loading.Describe(ref status);
        status.IsLogging = data.IsLogging;
        status.LogBytes = data.LogBytes;
        status.BaseBytes = data.BaseBytes;
        if (data.Log is { } log)
        {
            status.WaitingBytes = log.Buffer.End - log.Written;
            status.IsWriteFailing = log.Condition.State != LogState.Sound;
        }

        status.HasSavePoints = data.Settings.SavePoints.Length != 0;
        status.IsBeginningLog = data.IsLogging && !node.Common.IsLoading && data.Synchronized < 0;
        data.Jobs.Describe(ref status);
        return status;
    }

    private static void AddLog(RunningNode node, NodePersistence data, in PersistenceStatus status, in MetricsWriter metrics)
    {
        metrics.Gauge("log_enabled"u8, "1 while changes are logged."u8, data.Log is null ? 0 : 1);
        metrics.Gauge("log_file_bytes"u8, "Bytes of all files of the log."u8, status.LogBytes);
        metrics.Gauge("log_base_bytes"u8, "Bytes that the log had when it was last written anew, or at the start."u8, status.BaseBytes);
        metrics.Counter("log_failures_total"u8, "Times that the log could not be written any more."u8, data.Failures);
        metrics.Gauge("log_held_connections"u8, "Connections whose replies wait for the log."u8, node.Server.Gate.Waiting);
        metrics.Gauge("log_held_bytes"u8, "Bytes of these replies."u8, node.Server.Buffers.HeldBack);
        if (data.Log is not { } log)
        {
            return;
        }

        // In this order: each is at most the one before.
        long durable = log.Synchronized;
        long written = Math.Max(durable, log.Written);
        long end = Math.Max(written, log.Buffer.End);
        metrics.Gauge("log_position_bytes"u8, "Position behind the last record of the log."u8, end);
        metrics.Gauge("log_written_position_bytes"u8, "Position up to which the kernel has the log."u8, written);
        metrics.Gauge("log_durable_position_bytes"u8, "Position up to which the disk has the log."u8, durable);
        metrics.Gauge("log_waiting_bytes"u8, "Bytes of records that the kernel does not have."u8, end - written);
        AddSynchronizations(log, metrics);
    }

    private static void AddSynchronizations(ChangeLog log, in MetricsWriter metrics)
    {
        SynchronizationStatistics statistics = log.Statistics;
        metrics.Family("log_synchronization_duration_seconds"u8, "histogram"u8, "Time that the disk took to have the log."u8);
        long sum = statistics.Nanoseconds;
        long count = 0;
        for (int i = 0; i < statistics.Counts.Length; i++)
        {
            bool isLast = i == statistics.Counts.Length - 1;
            count += statistics.Counts[i];
            metrics.Begin("log_synchronization_duration_seconds_bucket"u8, "le"u8, isLast ? "+Inf"u8 : default);
            if (!isLast)
            {
                metrics.Body.AddSeconds(SynchronizationStatistics.Bounds[i] * Microsecond);
            }

            metrics.End(count);
        }

        metrics.Body.Add("epollsrv_log_synchronization_duration_seconds_sum "u8);
        metrics.Body.AddSeconds(sum);
        metrics.Body.Add("\nepollsrv_log_synchronization_duration_seconds_count "u8);
        metrics.Body.Add(count);
        metrics.Body.Add((byte)'\n');
        if (statistics.LastEnd != 0)
        {
            metrics.Family("log_synchronization_age_seconds"u8, "gauge"u8, "Time since the log was last synchronized."u8);
            metrics.Body.Add("epollsrv_log_synchronization_age_seconds "u8);
            metrics.Body.AddSeconds(Age(log));
            metrics.Body.Add((byte)'\n');
        }
    }

    private static void AddSnapshots(NodePersistence data, in PersistenceStatus status, in MetricsWriter metrics)
    {
        metrics.Gauge("snapshot_keys"u8, "Keys that the present snapshot saves."u8, status.KeysToSave);
        metrics.Gauge("snapshot_saved_keys"u8, "Keys of it saved so far."u8, status.SavedKeys);
        metrics.Gauge("snapshot_waiting_bytes"u8, "Bytes of changed keys that wait for it."u8, status.SnapshotBytes);
        SnapshotRecord save = data.Jobs.SaveRecord;
        SnapshotRecord rewrite = data.Jobs.RewriteRecord;
        Pair(
            metrics, "snapshot_running"u8, "gauge"u8,
            "1 while a snapshot for this purpose is written: save (dump.rdb), rewrite (the log)."u8,
            status.IsSaving ? 1 : 0, status.IsRewriting ? 1 : 0);
        Pair(metrics, "snapshots_total"u8, "counter"u8, "Snapshots that were written."u8, save.Count, rewrite.Count);
        Pair(metrics, "snapshot_failures_total"u8, "counter"u8, "Snapshots that failed."u8, save.Failed, rewrite.Failed);
        Pair(
            metrics, "snapshot_last_failed"u8, "gauge"u8, "1 when the last snapshot failed."u8,
            save.HasFailed ? 1 : 0, rewrite.HasFailed ? 1 : 0);
        Pair(metrics, "snapshot_last_duration_seconds"u8, "gauge"u8, "Time that the last snapshot took."u8,
            Math.Max(0, save.Seconds), Math.Max(0, rewrite.Seconds));
        metrics.Family("snapshot_last_longest_hold_seconds"u8, "gauge"u8,
            "The longest time that the last snapshot held the lock of a part of the keys, CPU time of its thread."u8);
        metrics.Begin("snapshot_last_longest_hold_seconds"u8, "purpose"u8, "save"u8);
        metrics.EndSeconds(save.LongestHold);
        metrics.Begin("snapshot_last_longest_hold_seconds"u8, "purpose"u8, "rewrite"u8);
        metrics.EndSeconds(rewrite.LongestHold);
        Pair(metrics, "snapshot_last_success_timestamp_seconds"u8, "gauge"u8,
            "When the last snapshot was written, seconds since 1970; 0: none was since the start."u8,
            save.LastSuccess, rewrite.LastSuccess);
    }

    private static void Pair(
        in MetricsWriter metrics, ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> help, long save, long rewrite)
    {
        metrics.Family(name, type, help);
        metrics.Sample(name, "purpose"u8, "save"u8, save);
        metrics.Sample(name, "purpose"u8, "rewrite"u8, rewrite);
    }

    private static long Age(ChangeLog log) => Math.Max(0, Clock.Monotonic() - log.Statistics.LastEnd);

    private static string PolicyOf(long interval) => interval == ChangeLog.Always ? "always" : interval == ChangeLog.Never ? "no"
        : ValueText.FormatDuration(interval);

    private static void AddText(ByteBuilder body, string text) => body.AddJson(ByteText.Encode(text));

    private static void Number(ByteBuilder body, ReadOnlySpan<byte> name, long value)
    {
        body.Add(",\""u8);
        body.Add(name);
        body.Add("\":"u8);
        body.Add(value);
    }
}
