using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <content>What happens to pieces that have arrived, and the end.</content>
internal sealed unsafe partial class Download
{
    private readonly int _batch = PieceHasher.UsesLanes ? 8 : 1;
    private readonly int[] _readyPieces = new int[PieceBuffers.Count];
    private readonly int[] _readyBuffers = new int[PieceBuffers.Count];
    private readonly PeerSource[] _readyPeers = new PeerSource[PieceBuffers.Count];
    private readonly int[] _held = new int[PieceBuffers.Count];
    private int _readyCount;
    private int _nextOut;
    private Sha256Stream _outHash;

    /// <summary>A peer has sent a piece.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="piece">Which.</param>
    /// <param name="buffer">Where it is; −1 when it was thrown away, because it is here already.</param>
    public void PieceArrived(PeerSource peer, int piece, int buffer)
    {
        ReceivedPieces++;
        FirstSender ??= peer.Node;
        if (buffer < 0 || Map!.Has(piece) || IsHeld(piece) || IsReadyForCheck(piece))
        {
            Map!.Answered(piece);
            if (buffer >= 0)
            {
                Buffers.Return(buffer);
            }

            return;
        }

        // Stays asked for until it is verified and written.
        _readyPieces[_readyCount] = piece;
        _readyBuffers[_readyCount] = buffer;
        _readyPeers[_readyCount++] = peer;
    }

    /// <summary>A peer that was asked for a piece will not send it.</summary>
    public void Lost(int piece) => Map!.Answered(piece);

    private bool IsReadyForCheck(int piece) => _readyPieces.AsSpan(0, _readyCount).Contains(piece);

    private bool IsHeld(int piece) => IsOrdered && piece >= _nextOut && piece < _nextOut + PieceBuffers.Count && _held[piece % PieceBuffers.Count] >= 0;

    private void VerifyReady()
    {
        int count = _readyCount;
        byte* hashes = stackalloc byte[PieceBuffers.Count * FileIdentity.HashBytes];
        if (_options.Check != DownloadCheck.None)
        {
            byte** pieces = stackalloc byte*[PieceBuffers.Count];
            int* lengths = stackalloc int[PieceBuffers.Count];
            for (int i = 0; i < count; i++)
            {
                pieces[i] = Buffers[_readyBuffers[i]];
                lengths[i] = Identity!.LengthOf(_readyPieces[i]);
            }

            PieceHasher.HashMany(pieces, lengths, count, hashes);
        }

        _readyCount = 0;
        for (int i = 0; i < count; i++)
        {
            int piece = _readyPieces[i];
            ReadOnlySpan<byte> hash = new(hashes + (i * FileIdentity.HashBytes), FileIdentity.HashBytes);
            if (_options.Check == DownloadCheck.None || hash.SequenceEqual(Map!.HashOf(piece)))
            {
                Accept(_readyPeers[i], piece, _readyBuffers[i]);
                continue;
            }

            Map.Answered(piece);
            Buffers.Return(_readyBuffers[i]);
            _readyPeers[i].LeaveOut("sent wrong bytes (piece " + Text(piece) + "); left out");
        }
    }

    private void Accept(PeerSource peer, int piece, int buffer)
    {
        Gained(peer);
        if (IsOrdered)
        {
            _held[piece % PieceBuffers.Count] = buffer;
            WriteInOrder();
            return;
        }

        int result = _part!.Write(piece, Buffers[buffer], Identity!.LengthOf(piece));
        Buffers.Return(buffer);
        Map!.Answered(piece);
        if (result >= 0)
        {
            result = _part.Mark(Map, Map.Set(piece));
        }

        if (result < 0)
        {
            Give(result);
        }

        _whole?.Advance();
    }

    private void WriteInOrder()
    {
        int buffer;
        while (_nextOut < Map!.Count && (buffer = _held[_nextOut % PieceBuffers.Count]) >= 0 && _failure == 0)
        {
            ReadOnlySpan<byte> bytes = new(Buffers[buffer], Identity!.LengthOf(_nextOut));
            if (_expectedDigest is not null && _options.Check == DownloadCheck.All)
            {
                _outHash.Append(bytes);
            }

            int result = WriteOut(bytes);
            _held[_nextOut % PieceBuffers.Count] = -1;
            Buffers.Return(buffer);
            Map.Answered(_nextOut);
            _ = Map.Set(_nextOut++);
            if (result < 0)
            {
                Give(result);
            }
        }
    }

    // Waits for a slow reader: the peers' bytes stay in the sockets meanwhile.
    private int WriteOut(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint count = Descriptor.Write(_options.Output, start + done, bytes.Length - done);
                if (count == -Errno.Again)
                {
                    PollEntry entry = new() { Descriptor = _options.Output, Events = PollEntry.Out };
                    _ = Descriptor.Poll(&entry, 1, -1);
                }
                else if (count < 0)
                {
                    return (int)count;
                }
                else
                {
                    done += (int)count;
                }
            }
        }

        return 0;
    }

    // Opens the target, finds what is there already, and gets the list.
    private bool Prepare()
    {
        if (Buffers.Free == 0)
        {
            Warn(DisplayName + ": out of memory: " + Text(PieceBuffers.Count) + " MB are needed for pieces on their way");
            return false;
        }

        _held.AsSpan().Fill(-1);
        if (IsOrdered)
        {
            _outHash.Begin();
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

        if (_options.Check == DownloadCheck.All && _expectedDigest is not null)
        {
            _whole = new WholeHash(_part.FileDescriptor, Map!);
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
        byte** pieces = stackalloc byte*[PieceBuffers.Count];
        int* lengths = stackalloc int[PieceBuffers.Count];
        int* numbers = stackalloc int[PieceBuffers.Count];
        byte* hashes = stackalloc byte[PieceBuffers.Count * FileIdentity.HashBytes];
        int count = 0;
        for (int piece = 0; piece <= Map!.Count; piece++)
        {
            bool end = piece == Map.Count;
            if (!end && (bits[piece >> 3] & (0x80 >> (piece & 7))) != 0 && _part!.Read(piece, Buffers[count], Identity!.LengthOf(piece)))
            {
                pieces[count] = Buffers[count];
                lengths[count] = Identity.LengthOf(piece);
                numbers[count++] = piece;
            }

            if (count < 8 && !end)
            {
                continue;
            }

            PieceHasher.HashMany(pieces, lengths, count, hashes);
            for (int i = 0; i < count; i++)
            {
                if (new ReadOnlySpan<byte>(hashes + (i * FileIdentity.HashBytes), FileIdentity.HashBytes).SequenceEqual(Map.HashOf(numbers[i])))
                {
                    _ = Map.Set(numbers[i]);
                }
            }

            count = 0;
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
            if (_readyCount == 0 && !Map.IsWhole && Count(static peer => !peer.IsHopeless) == 0)
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

        if (IsOrdered && _expectedDigest is not null && _options.Check == DownloadCheck.All)
        {
            WholeDigest = new byte[FileIdentity.HashBytes];
            _outHash.Finish(WholeDigest);
        }
        else if (_whole is not null && (WholeDigest = _whole.Finish()) is null)
        {
            Give(-Errno.InputOutput);
            return false;
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
