using System;
using System.Collections.Generic;
using System.Globalization;

using Epollsrv.Native;
using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// The download of one file from all peers that have it, in pieces that are verified one by one. One thread: it blocks in <see cref="Run"/>, and everything else
/// is called by that. docs/FETCHING.md says how it works.
/// </summary>
internal sealed unsafe partial class Download : IDisposable
{
    private const int MostPeers = 256;
    private const int MostActivePeers = 32;
    private const long Millisecond = 1_000_000;
    private const long Second = 1000 * Millisecond;

    private readonly DownloadOptions _options;
    private readonly PeerHolders? _holders;
    private readonly List<PeerSource> _peers = [];
    private readonly PollEntry[] _entries = GC.AllocateArray<PollEntry>(MostPeers, pinned: true);
    private readonly long _began = Clock.Monotonic();
    private PartFile? _part;
    private UnfinishedFile? _served;
    private int _failure;
    private long _nextTick;
    private long _nextSecond;

    /// <summary>Prepares a download.</summary>
    /// <param name="options">What, where to, and how.</param>
    /// <param name="holders">Asks the ring again and again who has the file; null: only the peers of <see cref="Add"/>.</param>
    public Download(DownloadOptions options, PeerHolders? holders)
    {
        _options = options;
        _holders = holders;
        Limit = new RateLimit(options.LimitRate);
        byte[] encoded = new byte[3 * options.Name.Length];
        int length = 0;
        foreach (byte one in options.Name)
        {
            if (ByteBuilder.IsUnreserved(one))
            {
                encoded[length++] = one;
                continue;
            }

            encoded[length++] = (byte)'%';
            encoded[length++] = ByteBuilder.HexDigit(one >> 4);
            encoded[length++] = ByteBuilder.HexDigit(one & 15);
        }

        EncodedName = encoded.AsSpan(0, length).ToArray();
        _selfNumber = options.Holder is null ? 0 : NumberOf(options.Holder);
    }

    /// <summary>What the file is, once the peers agree; else null.</summary>
    public FileIdentity? Identity { get; private set; }

    /// <summary>Its pieces, once <see cref="Identity"/> is known.</summary>
    public PieceMap? Map { get; private set; }

    /// <summary>Whether others can have what is here.</summary>
    public bool IsServed => _served is not null;

    /// <summary>Bytes that were here before this download began.</summary>
    public long ResumedBytes { get; private set; }

    /// <summary>Pieces that were here before.</summary>
    public int ResumedPieces { get; private set; }

    /// <summary>Pieces that peers have sent, those that were wrong or came twice included.</summary>
    public int ReceivedPieces { get; private set; }

    /// <summary>The plain SHA-256 that was computed; null before the end, or when it was not asked for.</summary>
    public byte[]? WholeDigest { get; private set; }

    /// <summary>Since when it runs, nanoseconds of the monotonic clock.</summary>
    public long Began => _began;

    /// <summary>The options.</summary>
    public DownloadOptions Options => _options;

    /// <summary>The name for messages.</summary>
    public string DisplayName => _options.DisplayName;

    /// <summary>How long a peer may be silent, nanoseconds.</summary>
    public long Timeout => _options.Timeout;

    /// <summary>The name percent-encoded.</summary>
    public byte[] EncodedName { get; }

    /// <summary>The limit on what is read.</summary>
    public RateLimit Limit { get; }

    /// <summary>Where pieces arrive.</summary>
    public PieceBuffers Buffers { get; } = new();

    /// <summary>For bytes that nobody wants.</summary>
    public byte[] Scratch { get; } = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);

    /// <summary>Peers that pieces can be asked for now.</summary>
    public int ReadyPeers => Count(PeerTest.Ready);

    /// <summary>Peers that sent at least one piece.</summary>
    public int Senders => Count(PeerTest.Sender);

    /// <summary>The peer that sent the first piece of all; for the message at the end.</summary>
    public RingNode? FirstSender { get; private set; }

    private bool IsOrdered => _options.Target is null;

    /// <summary>Adds a peer that may have the file; one that is known already changes nothing.</summary>
    public void Add(RingNode node)
    {
        int active = 0;
        foreach (PeerSource peer in _peers)
        {
            if (peer.Node.Port == node.Port && peer.Node.Host == node.Host)
            {
                return;
            }

            active += peer.Stage == PeerStage.LeftOut ? 0 : 1;
        }

        if (_peers.Count < MostPeers && active < MostActivePeers)
        {
            _peers.Add(new PeerSource(this, node) { Number = NumberOf(node.Holder) });
        }
    }

    /// <summary>Downloads the file; says on the way what goes wrong.</summary>
    public DownloadResult Run()
    {
        DownloadResult result = Agree();
        if (result != DownloadResult.Done)
        {
            return result;
        }

        return Prepare() && FetchPieces() && Finish() ? DownloadResult.Done : DownloadResult.Failed;
    }

    /// <summary>Ends what is under way. What is served to others stays so until <see cref="StopServing"/>.</summary>
    public void Dispose()
    {
        foreach (PeerSource peer in _peers)
        {
            peer.Close();
        }

        _part?.Close();
        Buffers.Dispose();
    }

    /// <summary>After <see cref="Run"/>: keeps the ring told that others can have the file here.</summary>
    public void KeepServing(long now) => _ = _holders?.Turn(now);

    /// <summary>Others can no longer read what is here; the ring forgets it.</summary>
    public void StopServing()
    {
        if (_served is not null)
        {
            _holders?.Withdraw();
            UnfinishedFiles.Remove(_served);
            _served = null;
        }
    }

    /// <summary>Says something to the user.</summary>
    public void Warn(string line) => _options.Warn(line);

    /// <summary>What is said of a peer whose file is not the one that most have.</summary>
    public string OtherText(FileIdentity other) => "has another " + DisplayName + " (" + Text(other.Size) + " bytes, " + FileIdentity.Hex(other.List.AsSpan(0, 6)) + "...); left out";

    /// <summary>Everything that can be done, waiting at most until the given moment for the first thing.</summary>
    private void Turn(long until)
    {
        long now = Clock.Monotonic();
        long wake = Math.Min(until, _nextTick);
        for (int i = 0; i < _peers.Count; i++)
        {
            _peers[i].Watch(ref _entries[i]);
            wake = Math.Min(wake, _peers[i].NextTurn());
        }

        if (Limit.IsOn || _holders is { IsPending: true })
        {
            wake = Math.Min(wake, now + (10 * Millisecond));
        }

        int milliseconds = _readyCount > 0 ? 0 : (int)Math.Clamp((wake - now + Millisecond - 1) / Millisecond, 0, 1000);
        int count;
        fixed (PollEntry* entries = _entries)
        {
            count = Descriptor.Poll(entries, _peers.Count, milliseconds);
        }

        if (count <= 0 && _readyCount > 0)
        {
            VerifyReady();
        }

        now = Clock.Monotonic();
        for (int i = 0; i < _peers.Count && _failure == 0; i++)
        {
            _peers[i].Turn(now, _entries[i].Returned);
            if (_readyCount >= _batch || (Buffers.Free == 0 && _readyCount > 0))
            {
                VerifyReady();
            }
        }

        if (now >= _nextTick)
        {
            _nextTick = now + (100 * Millisecond);
            Tick(now);
        }
    }

    private void Tick(long now)
    {
        _options.Progress?.Invoke(this);
        if (_holders is not null && _holders.Turn(now))
        {
            foreach (RingNode node in _holders.Found)
            {
                // Not itself.
                if (_options.Holder is null || !node.Holder.AsSpan().SequenceEqual(_options.Holder))
                {
                    Add(node);
                }
            }
        }

        foreach (PeerSource peer in _peers)
        {
            peer.AskAgain(now, RefreshInterval(now));
        }

        Judge(now);
        if (now >= _nextSecond)
        {
            _nextSecond = now + Second;
            if (_part is { IsGone: true })
            {
                Give(-Errno.NoEntry);
            }
        }
    }

    // The download cannot go on.
    private void Give(int failure)
    {
        if (_failure == 0)
        {
            _failure = failure;
            Warn((IsOrdered ? "the output" : _options.Target) + ": " + (failure == -Errno.NoEntry ? "its folder is gone: " : string.Empty) + Errno.Describe(failure) + Kept());
        }
    }

    // What a user can do about a download that has stopped.
    private string Kept()
        => Map is null || _part is null || _part.IsGone ? string.Empty
            : "; " + Text(Map.Done) + " of " + Text(Map.Count) + " pieces are kept in " + _part.Path + ", the same command goes on from there";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
