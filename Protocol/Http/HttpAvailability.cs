using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>Whether keys can be read and written now, which a node that keeps its data on disk cannot always say yes to.</summary>
internal static unsafe class HttpAvailability
{
    private const long Millisecond = 1_000_000;

    /// <summary>
    /// While <see cref="ProtocolCommon.ChecksCommands"/>: checks a request for a key. While the data are loaded nothing is known of it;
    /// while the log cannot be written only reads are done.
    /// </summary>
    /// <returns>0, or 503 with its reason in the request.</returns>
    public static int Check(HttpThread context, ref HttpRequest request)
    {
        ProtocolCommon common = context.Common;
        return request.Method == HttpMethod.Options ? 0
            : common.Persistence is { IsLoading: true } ? request.Refuse(503, "the node is loading its keys from the disk"u8)
            : common.Replication is { IsLoading: true } ? request.Refuse(503, "the node is loading its master's keys"u8)
            : common.Replication is { RefusesReads: true } ? request.Refuse(503, "the link to the master is down"u8)
            : request.IsRead ? 0
            : common.Persistence is { WriteRefusal: not null } persistence ? request.Refuse(503, persistence.Trouble)
            : common.Replication is { RefusesWrites: true } replication ? request.Refuse(403, replication.Refusal)
            : 0;
    }

    /// <summary>Answers /readyz, and /readyz?max-lag=TIME, which a replica is only ready for that has heard its master since.</summary>
    public static void WriteReadiness(ThreadContext thread, HttpThread context, in HttpRequest request)
    {
        long most = long.MaxValue;
        if (!request.Query.IsEmpty
            && (!request.Query.StartsWith("max-lag="u8) || !HttpWriteOptions.TryReadTime(request.Query["max-lag=".Length..], out most)))
        {
            ReadOnlySpan<byte> complaint = "the query is none, or max-lag=TIME: 500ms, 5s, 1m\n"u8;
            HttpReplyWriter.WriteText(thread, context, request, HttpRoute.Ready, 400, complaint);
            return;
        }

        ReadOnlySpan<byte> trouble = context.Common.Persistence is { } persistence ? persistence.Trouble : default;
        trouble = most != long.MaxValue && context.Common.Replication is { } replication && replication.Lag / Millisecond > most
            ? "behind the master"u8 : trouble;
        trouble = context.Common.Replication is { IsLoading: true } ? "loading"u8 : trouble;
        trouble = thread.Server.IsLeaving ? "stopping"u8 : trouble;
        HttpRequestWriter text = new(new Span<byte>(context.Scratch, HttpThread.ScratchBytes));
        text.Add(trouble.IsEmpty ? "ready"u8 : trouble);
        text.Add("\n"u8);
        HttpReplyWriter.WriteText(
            thread, context, request, HttpRoute.Ready, trouble.IsEmpty ? 200 : 503, new ReadOnlySpan<byte>(context.Scratch, text.Length));
    }
}
