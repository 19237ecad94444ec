using System;
using System.Globalization;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// The download of one file from all peers that have it, in pieces that are verified one by one. One thread:
/// it blocks in <see cref="Run"/>, and everything else is called by that. docs/FETCHING.md says how it works.
/// </summary>
internal sealed class Download : IDisposable
{
    /// <summary>A holder that says it is hashing is believed so long, nanoseconds.</summary>
    public const long HashingPatience = 600_000_000_000;

    private const long Millisecond = 1_000_000;

    private readonly Agreement _agreement;
    private FileFetch? _fetch;
    private int _failure;
    private bool _isOver;
    private long _nextTick;

    /// <summary>Prepares a download.</summary>
    /// <param name="options">What, where to, and how.</param>
    /// <param name="holders">Asks the ring again and again who has the file; null: only the peers of <see cref="Add"/>.</param>
    public Download(DownloadOptions options, PeerHolders? holders)
    {
        Options = options;
        Holders = holders;
        Limit = new RateLimit(options.LimitRate);
        Peers = new DownloadPeers(this);
        _agreement = new Agreement(this);
        byte[] encoded = new byte[3 * options.Name.Length];
        EncodedName = encoded.AsSpan(0, PercentEncoding.Encode(options.Name, encoded)).ToArray();
    }

    /// <summary>What the file is, once the peers agree; else null.</summary>
    public FileIdentity? Identity => _fetch?.Identity;

    /// <summary>Its pieces, once <see cref="Identity"/> is known.</summary>
    public PieceMap? Map => _fetch?.Map;

    /// <summary>Whether others can have what is here.</summary>
    public bool IsServed => _fetch is { IsServed: true };

    /// <summary>Bytes that were here before this download began.</summary>
    public long ResumedBytes => _fetch?.ResumedBytes ?? 0;

    /// <summary>Pieces that were here before.</summary>
    public int ResumedPieces => _fetch?.ResumedPieces ?? 0;

    /// <summary>The plain SHA-256 that was computed; null before the end, or when it was not asked for.</summary>
    public byte[]? WholeDigest => _fetch?.WholeDigest;

    /// <summary>Pieces that peers have sent, those that were wrong or came twice included.</summary>
    public int ReceivedPieces { get; private set; }

    /// <summary>Since when it runs, nanoseconds of the monotonic clock.</summary>
    public long Began { get; } = Clock.Monotonic();

    /// <summary>What, where to, and how.</summary>
    public DownloadOptions Options { get; }

    /// <summary>The name for messages.</summary>
    public string DisplayName => Options.DisplayName;

    /// <summary>How long a peer may be silent, nanoseconds.</summary>
    public long Timeout => Options.Timeout;

    /// <summary>The name percent-encoded.</summary>
    public byte[] EncodedName { get; }

    /// <summary>The limit on what is read.</summary>
    public RateLimit Limit { get; }

    /// <summary>Where pieces arrive.</summary>
    public PieceBuffers Buffers { get; } = new();

    /// <summary>For bytes that nobody wants.</summary>
    public byte[] Scratch { get; } = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);

    /// <summary>Who may have the file.</summary>
    public DownloadPeers Peers { get; }

    /// <summary>Asks the ring who has the file, and tells it of this holder; or null.</summary>
    public PeerHolders? Holders { get; }

    /// <summary>Peers that pieces can be asked for now.</summary>
    public int ReadyPeers => Peers.Count(PeerTest.Ready);

    /// <summary>Peers that sent at least one piece.</summary>
    public int Senders => Peers.Count(PeerTest.Sender);

    /// <summary>The peer that sent the first piece of all; for the message at the end.</summary>
    public PeerAddress? FirstSender { get; private set; }

    /// <summary>The peers that have the file but no list of its pieces: after <see cref="DownloadResult.Plain"/>.</summary>
    public PeerAddress[] PlainPeers => Peers.Plain();

    /// <summary>Whether the output is a descriptor that is written in order.</summary>
    public bool IsOrdered => Options.Target is null;

    /// <summary>Whether it cannot go on.</summary>
    public bool HasFailed => _failure != 0;

    /// <summary>Adds a peer that may have the file; one that is known already changes nothing.</summary>
    public void Add(PeerAddress node) => Peers.Add(node);

    /// <summary>Downloads the file; says on the way what goes wrong.</summary>
    public DownloadResult Run()
    {
        while (true)
        {
            DownloadResult result = _agreement.Reach(out FileIdentity? identity);
            if (identity is null)
            {
                return result;
            }

            _fetch = new FileFetch(this, identity, _agreement.DigestOf(identity));
            _agreement.LeaveOutOthers(identity);
            if (_fetch.Run())
            {
                return DownloadResult.Done;
            }

            if (!TakeAnother())
            {
                if (_fetch.IsAlone)
                {
                    Warn(DisplayName + ": no peer is left that could send it" + _fetch.Kept());
                }

                return DownloadResult.Failed;
            }
        }
    }

    /// <summary>Ends what is under way. What is served to others stays so until <see cref="StopServing"/>.</summary>
    public void Dispose()
    {
        Peers.Close();
        _fetch?.Close();
        Buffers.Dispose();
        _isOver = true;
        if (!IsServed)
        {
            Map?.Dispose();
        }
    }

    /// <summary>After <see cref="Run"/>: keeps the ring told that others can have the file here.</summary>
    public void KeepServing(long now) => _ = Holders?.Poll(now);

    /// <summary>Others can no longer read what is here; the ring forgets it.</summary>
    public void StopServing()
    {
        if (IsServed)
        {
            _fetch!.StopServing();
            if (_isOver)
            {
                Map!.Dispose();
            }
        }
    }

    /// <summary>Says something to the user.</summary>
    public void Warn(string line) => Options.Warn(line);

    /// <summary>What is said of a peer whose file is not the one that most have.</summary>
    public string OtherText(FileIdentity other) => "has another " + DisplayName + " (" + Text(other.Size) + " bytes, "
        + Convert.ToHexStringLower(other.List.AsSpan(0, 6)) + "...); left out";

    /// <summary>A peer has sent its list.</summary>
    public void ListArrived(PeerSource peer) => _fetch!.List.Arrived(peer);

    /// <summary>A peer has sent a piece.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="piece">Which.</param>
    /// <param name="buffer">Where it is; −1 when it was thrown away, because it is here already.</param>
    public void PieceArrived(PeerSource peer, int piece, int buffer)
    {
        ReceivedPieces++;
        FirstSender ??= peer.Node;
        _fetch!.Intake.Arrived(peer, piece, buffer);
    }

    /// <summary>A peer that was asked for a piece will not send it.</summary>
    public void Lost(int piece) => Map!.Answered(piece);

    /// <summary>The download cannot go on.</summary>
    /// <param name="failure">−errno.</param>
    public void Stop(int failure)
    {
        if (_failure == 0)
        {
            _failure = failure;
            Warn((IsOrdered ? "the output" : Options.Target) + ": " + (failure == -Errno.NoEntry ? "its folder is gone: " : string.Empty)
                + Errno.Describe(failure) + _fetch?.Kept());
        }
    }

    /// <summary>Everything that can be done, waiting at most so long for the first thing.</summary>
    public void Poll(int most)
    {
        long now = Clock.Monotonic();
        bool isReady = _fetch is { Intake.Ready: > 0 };
        long wake = Math.Min(Math.Min(now + (most * Millisecond), _nextTick), Peers.Watch());
        if (Limit.IsOn || Holders is { IsPending: true })
        {
            wake = Math.Min(wake, now + (10 * Millisecond));
        }

        int milliseconds = isReady ? 0 : (int)Math.Clamp((wake - now + Millisecond - 1) / Millisecond, 0, 1000);
        if (Peers.Poll(milliseconds) <= 0 && isReady)
        {
            _fetch!.Intake.Verify();
        }

        now = Clock.Monotonic();
        for (int i = 0; i < Peers.All.Count && !HasFailed; i++)
        {
            Peers.PollPeer(i, now);
            if (_fetch is { Intake.IsFull: true })
            {
                _fetch.Intake.Verify();
            }
        }

        if (now >= _nextTick)
        {
            _nextTick = now + (100 * Millisecond);
            Tick(now);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void Tick(long now)
    {
        Options.Progress?.Invoke(this);
        if (Holders is not null && Holders.Poll(now))
        {
            foreach (PeerAddress node in Holders.Found)
            {
                // Not itself.
                if (Options.Holder is null || !node.Holder.AsSpan().SequenceEqual(Options.Holder))
                {
                    Add(node);
                }
            }
        }

        foreach (PeerSource peer in Peers.All)
        {
            // Whoever fetches beside others asks more often what they have.
            peer.AskAgain(now, now - Began < 10_000 * Millisecond || Options.Holder is not null ? 300 * Millisecond : 1000 * Millisecond);
        }

        _fetch?.Tick(now);
    }

    private bool TakeAnother()
    {
        FileIdentity? identity = Identity;
        if (identity is null || HasFailed || !_fetch!.MayBeGivenUp || !_agreement.HasOther(identity, _fetch.IsProven))
        {
            return false;
        }

        Warn(DisplayName + ": nobody could prove to have the one of " + Text(identity.Size) + " bytes, "
            + Convert.ToHexStringLower(identity.List.AsSpan(0, 6)) + "...; trying another");
        _agreement.Disprove(identity);
        StopServing();
        _fetch.Close();
        _fetch.Map.Dispose();
        _fetch = null;
        return true;
    }
}
