using System;
using System.Collections.Generic;
using System.Threading;

using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>
/// Serves downloads to others while they run, and for a while afterwards: a small
/// node on a thread of its own. Made, used and stopped by the thread that downloads.
/// </summary>
internal sealed unsafe class FetchSeed
{
    private const long SmallStore = 1 << 20;

    private readonly RunningNode _node;
    private readonly Thread _thread;
    private readonly long _time;
    private readonly List<Download> _kept = [];
    private long _until;

    private FetchSeed(RunningNode node, long time, byte[] holder)
    {
        _node = node;
        _time = time;
        Holder = holder;
        _thread = new Thread(() => _ = node.Server.Run(), 1 << 20) { IsBackground = true, Name = "seed" };
        NewThread.Start(_thread);
    }

    /// <summary>Where others ask: "ADDRESS PORT".</summary>
    public byte[] Holder { get; }

    /// <summary>Starts to listen as --seed-bind, --seed-port and --seed-announce say.</summary>
    /// <param name="options">Of the command.</param>
    /// <param name="code">The exit code when it did not work; the reason has been said.</param>
    public static FetchSeed? Start(OptionSet options, out int code)
    {
        code = ExitCode.Usage;
        string bind = options.GetText("seed-bind")!;
        string? complaint = SocketAddress.TryParse(bind, options.GetInteger("seed-port"), out SocketAddress address) ? null
            : "is not an address; allowed: IPv4 and IPv6 addresses";
        if (complaint is not null)
        {
            _ = options.Refuse("--seed-bind: \"" + OptionSet.Readable(bind) + "\" " + complaint);
            return null;
        }

        PeerAddress? announced = null;
        if (options.GetText("seed-announce") is { } text && (complaint = ServerConf.ParseEndpoint(text, 0, out announced)) is not null)
        {
            _ = options.Refuse("--seed-announce: \"" + OptionSet.Readable(text) + "\": " + complaint);
            return null;
        }

        Log.Level = LogLevel.Warning;
        Settings settings = new() { MaxMemory = SmallStore };
        settings.Protocols.Password = RingPassword.Value.Length > 0 ? RingPassword.Value : null;
        settings.Engine.Workers = 1;
        settings.Engine.MaxClients = ServeOptions.ClientLimit(256);
        settings.Engine.ListenOn(address);
        if (options.GetSize("seed-limit-rate") > 0)
        {
            settings.Engine.Pacing = new Pacing(options.GetSize("seed-limit-rate"), 0);
        }

        code = Exposure.Check(settings, open: false);
        if (code != OptionSet.GoOn)
        {
            return null;
        }

        RunningNode node = new(settings);
        Serve(node.Common.Files);
        if (!node.Server.Listen(out string error))
        {
            RingOptions.Warn(error);
            code = ExitCode.Unreachable;
            return null;
        }

        SocketAddress bound = NodeAddress.ForLocalClient(node.Server.BoundAddresses[0]);
        string host = announced?.Host ?? bound.Host();
        int port = announced is { Port: > 0 } ? announced.Port : bound.Port;
        return new FetchSeed(node, options.GetDuration("seed-time"), OwnAddress.Holder(new PeerAddress(1, host, port, 0)));
    }

    /// <summary>Lets a node's protocols serve the downloads of this process.</summary>
    public static void Serve(SharedFiles files)
    {
        files.Unfinished = files;
        files.OpenUnfinished = &OpenUnfinished;
        files.DescribeUnfinished = &DescribeUnfinished;
    }

    /// <summary>A download is complete: it is served a while longer.</summary>
    public void Keep(Download download)
    {
        _kept.Add(download);
        _until = Clock.Monotonic() + _time;
    }

    /// <summary>Waits for the time to serve to end, then tells the ring and ends the node.</summary>
    public void Stop()
    {
        long now;
        while (_kept.Count > 0 && (now = Clock.Monotonic()) < _until)
        {
            foreach (Download download in _kept)
            {
                download.KeepServing(now);
            }

            _ = Descriptor.Poll(null, 0, 100);
        }

        foreach (Download download in _kept)
        {
            download.StopServing();
        }

        _node.Server.RequestStop();
        _ = _thread.Join(2000);
    }

    private static int OpenUnfinished(
        object share, byte* name, int length, long first, long last, FileStatus* status, SharedIdentity* identity)
    {
        using Lock.Scope gate = UnfinishedFiles.Gate.EnterScope();
        int descriptor = UnfinishedFiles.Open(new ReadOnlySpan<byte>(name, length), out UnfinishedFile? file);
        if (descriptor < 0)
        {
            return descriptor;
        }

        PieceMap map = file!.Map;
        last = Math.Min(last, map.Identity.Size - 1);
        int result = first > last ? -Errno.Again : Files.Status(descriptor, out *status);
        for (long piece = first / FileIdentity.PieceBytes; result >= 0 && piece <= last / FileIdentity.PieceBytes; piece++)
        {
            result = map.Has((int)piece) ? result : -Errno.Again;
        }

        if (result < 0)
        {
            Descriptor.Close(descriptor);
            return result;
        }

        Describe(file, status, identity);
        return descriptor;
    }

    private static int DescribeUnfinished(
        object share, byte* name, int length, FileStatus* status, SharedIdentity* identity, ByteBuilder hashes, ByteBuilder have)
    {
        using Lock.Scope gate = UnfinishedFiles.Gate.EnterScope();
        int descriptor = UnfinishedFiles.Open(new ReadOnlySpan<byte>(name, length), out UnfinishedFile? file);
        if (descriptor < 0)
        {
            return descriptor;
        }

        int result = Files.Status(descriptor, out *status);
        Descriptor.Close(descriptor);
        Describe(file!, status, identity);
        hashes.Add(file!.Map.Hashes);
        have.Add(file.Map.Bits);
        return result;
    }

    private static void Describe(UnfinishedFile file, FileStatus* status, SharedIdentity* identity)
    {
        status->Size = file.Map.Identity.Size;
        file.Map.Identity.List.CopyTo(new Span<byte>(identity->Pieces, SharedIdentity.HashBytes));
        identity->HasWhole = file.Digest is not null;
        file.Digest?.CopyTo(new Span<byte>(identity->Whole, SharedIdentity.HashBytes));
    }
}
