using System;

using Epollsrv.Native;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv fetch NAME</c>: asks the ring who has a file and downloads it from one of them.</summary>
internal static class FetchCommand
{
    /// <summary>Runs the command: 0 the file is here whole, 1 nobody has it or the download failed, 69 no node was reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet("fetch", "Downloads a file from a node that has it.", "NAME")
            .Text("output", null, "Where to; - is standard output. Without it: NAME in the current folder.", "FILE").Letter('o')
            .Integer("peer", -1, -1, int.MaxValue, "Which of the peers that have it, from 0; without it the first that answers.")
            .AddRing();
        int code = options.Parse(arguments, out RingNode[] nodes);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        string name = options.Positional[0];
        string? output = options.GetText("output");
        if (RingOptions.ToKey(options, name) is not { } key)
        {
            return ExitCode.Usage;
        }

        if (output is null && (name.Contains('/') || name is "" or "." or ".."))
        {
            return options.Refuse("\"" + OptionSet.Readable(name) + "\" is not a file name; give the target with -o FILE");
        }

        using RingClient client = options.Connect(nodes);
        RingOperation operation = new();
        _ = client.Run(operation.Set(RingVerb.Get, key));
        code = RingOptions.Conclude(operation, name);
        if (code != ExitCode.Success)
        {
            return code;
        }

        RingNode[] peers = Holders.Parse(operation.Value);
        int chosen = options.GetInteger("peer");
        if (peers.Length == 0 || chosen >= peers.Length)
        {
            RingOptions.Warn(OptionSet.Readable(name) + (peers.Length == 0 ? ": what the ring holds under this name is no list of peers"
                : ": there is no peer " + ValueText.FormatInteger(chosen) + "; there are " + ValueText.FormatInteger(peers.Length) + ", counted from 0"));
            return ExitCode.Failed;
        }

        return FromPeers(chosen >= 0 ? [peers[chosen]] : peers, key, name, output ?? name, options.GetDuration("timeout"));
    }

    /// <summary>Tries one peer after the other until the file is there whole; says on standard error how it went.</summary>
    public static int FromPeers(ReadOnlySpan<RingNode> peers, ReadOnlySpan<byte> key, string name, string target, long timeout)
    {
        foreach (RingNode peer in peers)
        {
            using PeerTransfer transfer = new(peer.Host, peer.Port, timeout);
            long start = Clock.Monotonic();
            bool toOutput = target == "-";
            TargetFile? file = null;
            int error = 0;
            if (!toOutput && (file = TargetFile.Create(target, out error)) is null)
            {
                RingOptions.Warn(target + ": " + Errno.Describe(error));
                return ExitCode.Failed;
            }

            TransferResult result = transfer.Fetch(key, toOutput ? 1 : file!.FileDescriptor);
            if (result == TransferResult.Done && (error = file?.Commit() ?? 0) >= 0)
            {
                string time = ValueText.FormatInteger((Clock.Monotonic() - start) / 1_000_000);
                RingOptions.Warn(OptionSet.Readable(name) + ": " + ValueText.FormatInteger(transfer.Length) + " bytes from " + peer.Endpoint + " in " + time + " ms");
                return ExitCode.Success;
            }

            if (result != TransferResult.Done)
            {
                file?.Discard();
            }

            if (result is TransferResult.Done or TransferResult.WriteFailed)
            {
                RingOptions.Warn((toOutput ? "standard output" : target) + ": " + Errno.Describe(result == TransferResult.Done ? error : transfer.Failure));
                return ExitCode.Failed;
            }

            RingOptions.Warn(peer.Endpoint + ": " + (result == TransferResult.Missing ? "cannot send " + OptionSet.Readable(name) : NodeFailure.Describe(transfer.Failure)));
            if (toOutput && transfer.Length > 0)
            {
                RingOptions.Warn("part of the file is on standard output already: another peer cannot go on from there");
                return ExitCode.Failed;
            }
        }

        RingOptions.Warn(OptionSet.Readable(name) + ": no peer sent it");
        return ExitCode.Failed;
    }
}
