using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Http;

namespace Epollsrv.Share;

/// <summary>What a peer has said of its copy of the file. Belongs to the download's thread.</summary>
internal sealed class PeerCopy
{
    private const long Second = 1_000_000_000;
    private const long HashingInterval = 250_000_000;
    private const long LongestHashingPause = 60;

    // A file that changes whenever it is asked about is never hashed.
    private const int MostChanges = 15;

    private bool _hasFile;
    private byte[] _weakTag = [];
    private int _changes;
    private long _hashingPause = HashingInterval;
    private long _hashingSince;

    /// <summary>What is known of it.</summary>
    public PeerAnswer Answer { get; set; }

    /// <summary>The identity it names; null until <see cref="PeerAnswer.Known"/>.</summary>
    public FileIdentity? Identity { get; private set; }

    /// <summary>The plain SHA-256 it names, or null.</summary>
    public byte[]? Digest { get; private set; }

    /// <summary>The pieces the peer has; null: all.</summary>
    public byte[]? Have { get; private set; }

    /// <summary>Whether it has all pieces, though it did not say that it has the whole file.</summary>
    public bool HasAll { get; private set; }

    /// <summary>Whether it is to be asked about again, after <see cref="Pause"/>.</summary>
    public bool MayChange => Answer == PeerAnswer.Hashing || Have is not null;

    /// <summary>Whether it has a piece.</summary>
    public bool Has(int piece) => Have is null || (Have[piece >> 3] & (0x80 >> (piece & 7))) != 0;

    /// <summary>The peer said that it has a piece, and then that it has not.</summary>
    public void Lacks(int piece) => Have![piece >> 3] &= (byte)~(0x80 >> (piece & 7));

    /// <summary>Nanoseconds between two questions about it.</summary>
    /// <param name="interval">Those for an unfinished one.</param>
    public long Pause(long interval) => Answer == PeerAnswer.Hashing ? _hashingPause : interval;

    /// <summary>Whether the peer has been hashing for longer than it is believed.</summary>
    public bool HashesTooLong(long now) => Answer == PeerAnswer.Hashing && _hashingSince != 0
        && now - _hashingSince > Download.HashingPatience;

    /// <summary>The answer to HEAD /files/NAME.</summary>
    public PeerVerdict TakeFile(in HttpResponse response)
    {
        _hasFile = response.Status == 200;
        if (_hasFile && Answer == PeerAnswer.Hashing && !response.Tag.SequenceEqual(_weakTag))
        {
            _weakTag = response.Tag.ToArray();
            if (++_changes > MostChanges)
            {
                return PeerVerdict.Restless;
            }
        }

        byte[] digest = new byte[FileIdentity.HashBytes];
        if (_hasFile && HttpText.DecodeBase64(response.Digest, digest) == digest.Length)
        {
            Digest = digest;
        }

        return PeerVerdict.Fine;
    }

    /// <summary>The answer to HEAD /pieces/NAME.</summary>
    /// <param name="response">Its head.</param>
    /// <param name="chosen">The identity that is fetched, or null.</param>
    public PeerVerdict TakePieces(in HttpResponse response, FileIdentity? chosen)
    {
        if (response.Status == 503)
        {
            Answer = Answer == PeerAnswer.Known ? Answer : PeerAnswer.Hashing;
            _hashingSince = _hashingSince == 0 ? Clock.Monotonic() : _hashingSince;
            _hashingPause = Math.Max(HashingInterval, Math.Min(response.RetryAfter, LongestHashingPause) * Second);
            return PeerVerdict.Fine;
        }

        if (response.Status != 200)
        {
            if (Answer == PeerAnswer.Known)
            {
                return PeerVerdict.Gone;
            }

            Answer = _hasFile ? PeerAnswer.Plain : PeerAnswer.Missing;
            return PeerVerdict.Fine;
        }

        FileIdentity? identity = FileIdentity.FromTag(response.Tag, out bool isTooLarge);
        if (isTooLarge)
        {
            return PeerVerdict.TooLarge;
        }

        byte[]? have = null;
        if (identity is not null && response.IsUnfinished && response.Have.Length / 2 == (identity.Pieces + 7) / 8)
        {
            have = new byte[(identity.Pieces + 7) / 8];
        }

        if (identity is null || (response.IsUnfinished && have is null)
            || (have is not null && !FileIdentity.TryReadHex(response.Have, have)))
        {
            return PeerVerdict.Malformed;
        }

        bool changed = Identity is not null && !identity.Same(Identity);
        Identity = identity;
        Have = have;
        HasAll = have is not null && PieceMap.Population(have) == identity.Pieces;
        Answer = PeerAnswer.Known;
        _hashingSince = 0;
        return chosen is null || identity.Same(chosen) ? PeerVerdict.Fine : changed ? PeerVerdict.Changed : PeerVerdict.Other;
    }
}
