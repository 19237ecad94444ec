using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <content>From the target to the whole file: opening, going on from what is there, fetching, finishing.</content>
internal sealed unsafe partial class Download
{
    // Opens the target, finds what is there already, and gets the list.
    private bool Prepare()
    {
        if (Buffers.Free == 0)
        {
            Warn(DisplayName + ": out of memory: " + Text(PieceBuffers.Count) + " MB are needed for pieces on their way");
            return false;
        }

        _held.AsSpan().Fill(-1);
        _hashesWhole = _options.Check == DownloadCheck.All && _expectedDigest is not null;
        _wholeHash.Begin();
        if (IsOrdered)
        {
            return FetchList();
        }

        _part = PartFile.Open(_options.Target!, out string complaint);
        if (_part is null)
        {
            Warn(complaint);
            return false;
        }

        if (_part.TryResume(Map!, out byte[] bits, out bool isOther))
        {
            Resume(bits);
        }
        else if (!BeginAnew(isOther))
        {
            return false;
        }

        Serve();
        return true;
    }

    private bool BeginAnew(bool isOther)
    {
        if (isOther)
        {
            Warn(_part!.Path + ": holds pieces of other content; begun anew");
        }

        if (!FetchList())
        {
            return false;
        }

        int result = _part!.Begin(Map!);
        if (result < 0)
        {
            Give(result);
        }

        return result >= 0;
    }

    // What an earlier download left is read and hashed: only then it is believed.
    private void Resume(byte[] bits)
    {
        byte* hashes = stackalloc byte[PieceBuffers.Count * FileIdentity.HashBytes];
        for (int piece = 0; piece < Map!.Count; piece++)
        {
            if ((bits[piece >> 3] & (0x80 >> (piece & 7))) != 0 && _part!.Read(piece, Buffers[_readyCount], Identity!.LengthOf(piece)))
            {
                // Nothing else uses the buffers yet.
                _readyBuffers[_readyCount] = _readyCount;
                _readyPieces[_readyCount++] = piece;
            }

            if (_readyCount < 8 && piece + 1 < Map.Count)
            {
                continue;
            }

            HashReady(hashes);
            for (int i = 0; i < _readyCount; i++)
            {
                if (IsRight(hashes, i))
                {
                    _ = Map.Set(_readyPieces[i]);
                    HashWhole(_readyPieces[i], _readyBuffers[i], 1);
                }
            }

            _readyCount = 0;
        }

        ResumedPieces = Map.Done;
        ResumedBytes = Map.DoneBytes;
        if (ResumedPieces > 0)
        {
            Warn(DisplayName + ": " + Text(ResumedPieces) + " of " + Text(Map.Count) + " pieces are here already");
        }
    }

    private bool FetchPieces()
    {
        while (!Map!.IsWhole && _failure == 0)
        {
            long now = Clock.Monotonic();
            Schedule(now);
            Turn(now + (100 * Millisecond));
            if (!IsOrdered)
            {
                HashWhole(-1, -1, 1);
            }

            if (_readyCount == 0 && !Map.IsWhole && Count(PeerTest.Hopeful) == 0)
            {
                return NobodyLeft();
            }
        }

        return _failure == 0;
    }

    private bool Finish()
    {
        foreach (PeerSource peer in _peers)
        {
            peer.Close();
        }

        HashWhole(-1, -1, int.MaxValue);
        if (_failure != 0)
        {
            return false;
        }

        if (_hashesWhole)
        {
            WholeDigest = new byte[FileIdentity.HashBytes];
            _wholeHash.Finish(WholeDigest);
        }

        if (WholeDigest is not null && !WholeDigest.AsSpan().SequenceEqual(_expectedDigest))
        {
            Warn(DisplayName + ": every piece is right, but the SHA-256 of the whole is not the one "
                + (_options.Digest is null ? "its holders give" : "that was asked for") + (IsOrdered ? string.Empty : "; what was fetched is removed"));
            _part?.Discard();
            return false;
        }

        int result = _part?.Commit() ?? 0;
        if (result < 0)
        {
            Give(result);
        }

        _options.Progress?.Invoke(this);
        return result >= 0;
    }
}
