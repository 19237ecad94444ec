using System;

using Epollsrv.Native;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>The way of the C program: a whole file from one peer with PEER_REQ, not verified and not resumed.</summary>
internal static class PlainFetch
{
    /// <summary>Tries one peer after the other until the file is there whole; says on standard error how it went.</summary>
    public static int FromPeers(ReadOnlySpan<PeerAddress> peers, DownloadOptions options, FetchProgress progress)
    {
        string name = options.DisplayName;
        foreach (PeerAddress peer in peers)
        {
            using PeerTransfer transfer = new(peer.Host, peer.Port, options.Timeout);
            long start = Clock.Monotonic();
            TargetFile? file = null;
            int error = 0;
            if (options.Target is not null && (file = TargetFile.Create(options.Target, out error)) is null)
            {
                progress.Warn(options.Target + ": " + Errno.Describe(error));
                return ExitCode.Failed;
            }

            TransferResult result = transfer.Fetch(options.Name, file?.FileDescriptor ?? options.Output);
            if (result == TransferResult.Done && (error = file?.Commit() ?? 0) >= 0)
            {
                progress.Conclude(name, transfer.Length, peer.Endpoint, start);
                return ExitCode.Success;
            }

            if (result != TransferResult.Done)
            {
                file?.Discard();
            }

            if (result is TransferResult.Done or TransferResult.WriteFailed)
            {
                progress.Warn((options.Target ?? "the output") + ": "
                    + Errno.Describe(result == TransferResult.Done ? error : transfer.Failure));
                return ExitCode.Failed;
            }

            progress.Warn(peer.Endpoint + ": "
                + (result == TransferResult.Missing ? "cannot send " + name : PeerFailure.Describe(transfer.Failure)));
            if (options.Target is null && transfer.Length > 0)
            {
                progress.Warn("part of the file is written already: another peer cannot go on from there");
                return ExitCode.Failed;
            }
        }

        progress.Warn(name + ": no peer sent it");
        return ExitCode.Failed;
    }
}
