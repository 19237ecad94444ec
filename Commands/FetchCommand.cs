using System;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv fetch NAME...</c>: asks the ring who has files and downloads each from all of them.</summary>
internal static class FetchCommand
{
    /// <summary>Runs the command: 0 every file is here whole, 1 nobody has it or a download failed, 69 no node was reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = Declare();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
        code = code == OptionSet.GoOn ? Check(options) : code;
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        FetchSeed? seed = null;
        if (options.GetChoice("seed") == 1 && (seed = FetchSeed.Start(options, out code)) is null)
        {
            return code;
        }

        using RingClient client = options.Connect(nodes);
        code = ExitCode.Success;
        foreach (string name in options.Positional)
        {
            int result = Fetch(options, client, name, seed);
            code = code == ExitCode.Success ? result : code;
        }

        seed?.Stop();
        return code;
    }

    /// <summary>
    /// Downloads a file from peers; says on standard error how it went. Peers that are no nodes of
    /// ours, or too old to know pieces, are asked with PEER_REQ, but only when no other has it.
    /// </summary>
    /// <param name="options">What, and where to.</param>
    /// <param name="peers">Those that may have it.</param>
    /// <param name="holders">Asks for more of them on the way; null: only these.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="seed">Serves the file to others for a while afterwards; null: nobody does.</param>
    public static int FromPeers(
        DownloadOptions options, ReadOnlySpan<PeerAddress> peers, PeerHolders? holders, FetchProgress progress, FetchSeed? seed)
    {
        using Download download = new(options, holders);
        foreach (PeerAddress peer in peers)
        {
            download.Add(peer);
        }

        DownloadResult result = download.Run();
        if (result == DownloadResult.Plain)
        {
            return PlainFetch.FromPeers(download.PlainPeers, options, progress);
        }

        progress.Conclude(download, result == DownloadResult.Done);
        if (result == DownloadResult.Done && download.IsServed && seed is not null)
        {
            seed.Keep(download);
        }
        else
        {
            download.StopServing();
        }

        return result == DownloadResult.Done ? ExitCode.Success : ExitCode.Failed;
    }

    private static OptionSet Declare() =>
        new OptionSet("fetch", "Downloads files from the nodes that have them, from several at a time, verified and resumed.", "NAME...")
        .Text("output", null, "Where to; - is standard output. Without it: NAME in the current folder.", "FILE").Letter('o')
        .Text("digest", null, "Only a file with this SHA-256; else what most peers have.", "HEX")
        .Choice("verify", "all", "all|pieces|no", "Check all, pieces (each, not the SHA-256 of the whole too), or no.", "WHAT")
        .Size("limit-rate", "0", 0, 1L << 40, "Most bytes a second; 0: no limit.")
        .Choice("progress", "auto", "auto|bar|plain|json|none",
            "bar, plain, json (a line a second), none; auto: bar on a terminal, else plain.", "HOW")
        .Integer("peer", -1, -1, int.MaxValue, "Only this one of the peers that have it, from 0.")
        .Choice("seed", "no", "no|yes", "Serve what is here to others meanwhile.")
        .Duration("seed-time", "10s", "And for so long afterwards.")
        .Text("seed-bind", "127.0.0.1", "Where to listen for them.", "ADDRESS")
        .Integer("seed-port", 0, 0, 65535, "Port; 0 lets the kernel choose.")
        .Size("seed-limit-rate", "0", 0, 1L << 40, "Most bytes a second to them; 0: no limit.")
        .Text("seed-announce", null, "The address others reach that at, when it is another.", "HOST:PORT")
        .AddRing();

    private static int Check(OptionSet options)
    {
        string? output = options.GetText("output");
        if (output is not null && options.Positional.Length > 1)
        {
            return options.Refuse("-o names one file, but there are " + ValueText.FormatInteger(options.Positional.Length) + " to fetch");
        }

        if (output is not null && (output.Length == 0 || output[^1] == '/'))
        {
            return options.Refuse("-o: \"" + OptionSet.Readable(output) + "\" is no file; give a file name, or - for standard output");
        }

        if (options.GetText("digest") is { } digest && ReadDigest(digest) is null)
        {
            return options.Refuse(
                "--digest: \"" + OptionSet.Readable(digest) + "\" is no SHA-256; allowed: 64 hexadecimal digits, as sha256sum prints them");
        }

        foreach (string name in options.Positional)
        {
            if (RingOptions.ToKey(options, name) is null)
            {
                return ExitCode.Usage;
            }

            if (name.Length == 0)
            {
                return options.Refuse("the name to fetch is empty");
            }

            if (output is null && (name.Contains('/') || name is "." or ".."))
            {
                return options.Refuse("\"" + OptionSet.Readable(name) + "\" is not a file name; give the target with -o FILE");
            }
        }

        return OptionSet.GoOn;
    }

    private static int Fetch(OptionSet options, RingClient client, string name, FetchSeed? seed)
    {
        byte[] key = ByteText.Encode(name);
        RingOperation operation = new();
        _ = client.Run(operation.Set(PeerHolders.VerbFor(key), key));
        int code = RingOptions.Conclude(operation, name);
        if (code != ExitCode.Success)
        {
            return code;
        }

        PeerAddress[] peers = Holders.Parse(operation.Value);
        int chosen = options.GetInteger("peer");
        if (peers.Length == 0 || chosen >= peers.Length)
        {
            RingOptions.Warn(OptionSet.Readable(name) + (peers.Length == 0 ? ": what the ring holds under this name is no list of peers"
                : ": there is no peer " + ValueText.FormatInteger(chosen) + "; there are " + ValueText.FormatInteger(peers.Length)
                    + ", counted from 0"));
            return ExitCode.Failed;
        }

        string output = options.GetText("output") ?? name;
        if (!OpenOutput(output, out int descriptor))
        {
            return ExitCode.Failed;
        }

        FetchProgress progress = new(options.GetChoice("progress"));
        DownloadOptions download = new()
        {
            Name = key,
            DisplayName = OptionSet.Readable(name),
            Target = descriptor < 0 ? output : null,
            Output = descriptor,
            Digest = options.GetText("digest") is { } digest ? ReadDigest(digest) : null,
            Check = (DownloadCheck)options.GetChoice("verify"),
            LimitRate = options.GetSize("limit-rate"),
            Timeout = options.GetDuration("timeout"),
            Warn = progress.Warn,
            Progress = progress.Show,
            Holder = descriptor < 0 ? seed?.Holder : null,
        };
        code = FromPeers(download, chosen >= 0 ? [peers[chosen]] : peers, chosen >= 0 ? null : new PeerHolders(client, key), progress,
            seed);
        if (descriptor > 1)
        {
            Descriptor.Close(descriptor);
        }

        return code;
    }

    // Standard output, and what is there but is no file that could be replaced (a pipe, a device), is written to in order.
    private static bool OpenOutput(string output, out int descriptor)
    {
        descriptor = output == "-" ? 1 : -1;
        if (descriptor > 0 || Files.StatusOf(output, out FileStatus status) < 0 || status.IsRegular)
        {
            return true;
        }

        descriptor = status.IsDirectory ? -Errno.IsDirectory : Files.Open(output, Files.WriteOnly);
        if (descriptor < 0)
        {
            RingOptions.Warn(output + ": " + Errno.Describe(descriptor));
        }

        return descriptor >= 0;
    }

    private static byte[]? ReadDigest(string text)
    {
        byte[] digest = new byte[FileIdentity.HashBytes];
        return FileIdentity.TryReadHex(Encoding.UTF8.GetBytes(text), digest) ? digest : null;
    }
}
