using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>The section "persistence" of INFO, with the fields of Redis 7.0 in their order.</summary>
internal static class InfoPersistence
{
    /// <summary>Adds the fields.</summary>
    public static ReplyText Write(CommandContext call, ReplyText text)
    {
        Persistence? persistence = call.Common.Persistence;
        PersistenceStatus status = persistence is null ? Nothing(call) : persistence.Status;
        bool isLoading = call.Common.IsLoading;
        long lastSave = persistence is null ? ServerCommands.StartedAt(call) : persistence.LastSave;
        text.Line("loading:"u8, isLoading ? 1 : 0)
            .Line("async_loading:"u8, 0)
            .Line("current_cow_peak:"u8, status.SnapshotBytes)
            .Line("current_cow_size:"u8, status.SnapshotBytes)
            .Line("current_cow_size_age:"u8, 0)
            .Line("current_fork_perc:"u8, status.KeysToSave == 0 ? 0 : Math.Min(100, status.SavedKeys * 100.0 / status.KeysToSave), 2)
            .Line("current_save_keys_processed:"u8, status.SavedKeys)
            .Line("current_save_keys_total:"u8, status.KeysToSave)
            .Line("rdb_changes_since_last_save:"u8, status.ChangesSinceSave)
            .Line("rdb_bgsave_in_progress:"u8, status.IsSaving ? 1 : 0)
            .Line("rdb_last_save_time:"u8, lastSave)
            .Line("rdb_last_bgsave_status:"u8, Word(status.LastSaveFailed))
            .Line("rdb_last_bgsave_time_sec:"u8, status.LastSaveSeconds)
            .Line("rdb_current_bgsave_time_sec:"u8, status.PresentSaveSeconds)
            .Line("rdb_saves:"u8, status.Saves)
            .Line("rdb_last_cow_size:"u8, status.LastSaveBytes)
            .Line("rdb_last_load_keys_expired:"u8, 0)
            .Line("rdb_last_load_keys_loaded:"u8, status.LoadedKeys)
            .Line("aof_enabled:"u8, status.IsLogging ? 1 : 0)
            .Line("aof_rewrite_in_progress:"u8, status.IsRewriting ? 1 : 0)
            .Line("aof_rewrite_scheduled:"u8, status.IsRewriteScheduled ? 1 : 0)
            .Line("aof_last_rewrite_time_sec:"u8, status.LastRewriteSeconds)
            .Line("aof_current_rewrite_time_sec:"u8, status.PresentRewriteSeconds)
            .Line("aof_last_bgrewrite_status:"u8, Word(status.LastRewriteFailed))
            .Line("aof_rewrites:"u8, status.Rewrites)
            .Line("aof_rewrites_consecutive_failures:"u8, status.RewriteFailures)
            .Line("aof_last_write_status:"u8, Word(status.IsWriteFailing))
            .Line("aof_last_cow_size:"u8, status.LastRewriteBytes)
            .Add("module_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\n"u8);
        if (status.IsLogging)
        {
            text.Line("aof_current_size:"u8, status.LogBytes)
                .Line("aof_base_size:"u8, status.BaseBytes)
                .Line("aof_pending_rewrite:"u8, 0)
                .Line("aof_buffer_length:"u8, status.WaitingBytes)
                .Line("aof_pending_bio_fsync:"u8, 0)
                .Line("aof_delayed_fsync:"u8, 0);
        }

        return isLoading ? WriteLoading(status, text) : text;
    }

    private static ReplyText WriteLoading(in PersistenceStatus status, ReplyText text)
    {
        long elapsed = Math.Max(1, (Clock.Wall() / 1_000_000_000) - status.LoadingBegan);
        long rate = Math.Max(1, status.LoadedBytes / elapsed);
        return text.Line("loading_start_time:"u8, status.LoadingBegan)
            .Line("loading_total_bytes:"u8, status.LoadingBytes)
            .Line("loading_rdb_used_mem:"u8, 0)
            .Line("loading_loaded_bytes:"u8, status.LoadedBytes)
            .Line("loading_loaded_perc:"u8, status.LoadedBytes * 100.0 / Math.Max(1, status.LoadingBytes), 2)
            .Line("loading_eta_seconds:"u8, status.LoadedBytes == 0 ? 1 : (status.LoadingBytes - status.LoadedBytes) / rate);
    }

    private static PersistenceStatus Nothing(CommandContext call) => new()
    {
        ChangesSinceSave = call.Common.Store.Counters.Changes,
        LastSaveSeconds = -1,
        PresentSaveSeconds = -1,
        LastRewriteSeconds = -1,
        PresentRewriteSeconds = -1,
    };

    private static ReadOnlySpan<byte> Word(bool failed) => failed ? "err"u8 : "ok"u8;
}
