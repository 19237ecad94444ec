using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <content>What happens to pieces that have arrived.</content>
internal sealed unsafe partial class Download
{
    // Pieces of the whole's hash that are read from the file again between two turns.
    private const int PiecesReadAgain = 2;

    private readonly int _batch = PieceHasher.UsesLanes ? 8 : 1;
    private readonly int[] _readyPieces = new int[PieceBuffers.Count];
    private readonly int[] _readyBuffers = new int[PieceBuffers.Count];
    private readonly PeerSource[] _readyPeers = new PeerSource[PieceBuffers.Count];
    private readonly int[] _held = new int[PieceBuffers.Count];
    private int _readyCount;
    private int _nextOut;
    private bool _hashesWhole;
    private int _hashed;
    private Sha256Stream _wholeHash;

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
        bool checks = _options.Check != DownloadCheck.None;
        if (checks)
        {
            HashReady(hashes);
        }

        _readyCount = 0;
        for (int i = 0; i < count; i++)
        {
            int piece = _readyPieces[i];
            if (!checks || IsRight(hashes, i))
            {
                Accept(_readyPeers[i], piece, _readyBuffers[i]);
                continue;
            }

            Map!.Answered(piece);
            Buffers.Return(_readyBuffers[i]);
            _readyPeers[i].LeaveOut("sent wrong bytes (piece " + Text(piece) + "); left out");
        }
    }

    private void HashReady(byte* hashes)
    {
        byte** pieces = stackalloc byte*[PieceBuffers.Count];
        int* lengths = stackalloc int[PieceBuffers.Count];
        for (int i = 0; i < _readyCount; i++)
        {
            pieces[i] = Buffers[_readyBuffers[i]];
            lengths[i] = Identity!.LengthOf(_readyPieces[i]);
        }

        if (_batch > 1 || !_hashesWhole || _readyCount != 1 || _readyPieces[0] != _hashed)
        {
            PieceHasher.HashMany(pieces, lengths, _readyCount, hashes);
            return;
        }

        // The next piece of the whole: both hashes in one pass.
        Sha256Stream before = _wholeHash;
        _wholeHash.AppendPiece(new ReadOnlySpan<byte>(pieces[0], lengths[0]), new Span<byte>(hashes, FileIdentity.HashBytes));
        if (IsRight(hashes, 0))
        {
            _hashed++;
        }
        else
        {
            _wholeHash = before;
        }
    }

    // The plain hash of the whole can only be computed in order: a piece that is in memory goes in at once when it is the next, others are read
    // again once the gap before them is closed, a few at a time so that the peers are not kept waiting.
    private void HashWhole(int piece, int buffer, int most)
    {
        for (int i = 0; i < most && _hashesWhole && _failure == 0 && _hashed < Map!.Prefix; i++)
        {
            int length = Identity!.LengthOf(_hashed);
            int held = _hashed == piece ? buffer : Buffers.Take();
            if (held < 0)
            {
                return;
            }

            if (_hashed == piece || _part!.Read(_hashed, Buffers[held], length))
            {
                _wholeHash.Append(new ReadOnlySpan<byte>(Buffers[held], length));
            }
            else
            {
                Give(-Errno.InputOutput);
            }

            if (_hashed++ != piece)
            {
                Buffers.Return(held);
            }
        }
    }

    private bool IsRight(byte* hashes, int index)
        => new ReadOnlySpan<byte>(hashes + (index * FileIdentity.HashBytes), FileIdentity.HashBytes).SequenceEqual(Map!.HashOf(_readyPieces[index]));

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
        Map!.Answered(piece);
        if (result >= 0)
        {
            result = _part.Mark(Map, Map.Set(piece));
        }

        if (result < 0)
        {
            Give(result);
        }

        HashWhole(piece, buffer, PiecesReadAgain);
        Buffers.Return(buffer);
    }

    private void WriteInOrder()
    {
        int buffer;
        while (_nextOut < Map!.Count && (buffer = _held[_nextOut % PieceBuffers.Count]) >= 0 && _failure == 0)
        {
            ReadOnlySpan<byte> bytes = new(Buffers[buffer], Identity!.LengthOf(_nextOut));
            if (_hashesWhole && _hashed == _nextOut)
            {
                _hashed++;
                _wholeHash.Append(bytes);
            }

            // Waits for a slow reader: the peers' bytes stay in the sockets meanwhile.
            int result = StandardOutput.WriteAll(_options.Output, bytes);
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
}
