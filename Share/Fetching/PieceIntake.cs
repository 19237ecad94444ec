using System;
using System.Globalization;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>What happens to pieces that have arrived: they are hashed, several at a
/// time, and what is right is written. Belongs to the download's thread.</summary>
internal sealed unsafe class PieceIntake
{
    // Pieces of the whole's hash that are read from the file again between two turns.
    private const int PiecesReadAgain = 2;

    // Pieces that are read from an earlier download's file and hashed together.
    private const int ResumeBatch = 8;

    private readonly Download _download;
    private readonly PieceMap _map;
    private readonly PieceBuffers _buffers;
    private readonly int _batch = PieceHasher.UsesLanes ? 8 : 1;
    private readonly int[] _pieces = new int[PieceBuffers.Count];
    private readonly int[] _held = new int[PieceBuffers.Count];
    private readonly PeerSource[] _senders = new PeerSource[PieceBuffers.Count];
    private readonly int[] _places = new int[PieceBuffers.Count];
    private readonly bool _hashesWhole;
    private int _hashed;
    private Sha256Stream _wholeHash;

    /// <summary>Prepares.</summary>
    /// <param name="download">The download.</param>
    /// <param name="map">The pieces.</param>
    /// <param name="hashesWhole">Whether the plain SHA-256 of the whole is computed.</param>
    public PieceIntake(Download download, PieceMap map, bool hashesWhole)
    {
        _download = download;
        _map = map;
        _buffers = download.Buffers;
        _hashesWhole = hashesWhole;
        _wholeHash.Begin();
        _places.AsSpan().Fill(-1);
    }

    /// <summary>Is told of each piece that was right.</summary>
    public PieceChooser? Chooser { private get; set; }

    /// <summary>Where pieces are written; null: to the output, in order.</summary>
    public PartFile? Part { private get; set; }

    /// <summary>How many wait to be verified.</summary>
    public int Ready { get; private set; }

    /// <summary>Whether they are to be verified before more is received.</summary>
    public bool IsFull => Ready >= _batch || (_buffers.Free == 0 && Ready > 0);

    /// <summary>The first piece that has not been written to the output.</summary>
    public int NextOut { get; private set; }

    /// <summary>Whether a piece is here, and waits for those before it to be written to the output.</summary>
    public bool IsHeld(int piece) => _download.IsOrdered && piece >= NextOut && piece < NextOut + PieceBuffers.Count
        && _places[piece % PieceBuffers.Count] >= 0;

    /// <summary>A peer has sent a piece; −1 for the buffer: it was thrown away.</summary>
    public void Arrived(PeerSource peer, int piece, int buffer)
    {
        if (buffer < 0 || _map.Has(piece) || IsHeld(piece) || _pieces.AsSpan(0, Ready).Contains(piece))
        {
            _map.Answered(piece);
            if (buffer >= 0)
            {
                _buffers.Return(buffer);
            }

            return;
        }

        // Stays asked for until it is verified and written.
        _pieces[Ready] = piece;
        _held[Ready] = buffer;
        _senders[Ready++] = peer;
    }

    /// <summary>Verifies what is ready.</summary>
    public void Verify()
    {
        int count = Ready;
        byte* hashes = stackalloc byte[PieceBuffers.Count * FileIdentity.HashBytes];
        bool checks = _download.Options.Check != DownloadCheck.None;
        if (checks)
        {
            Hash(hashes);
        }

        Ready = 0;
        for (int i = 0; i < count; i++)
        {
            if (!checks || IsRight(hashes, i))
            {
                Accept(_senders[i], _pieces[i], _held[i]);
                continue;
            }

            _map.Answered(_pieces[i]);
            _buffers.Return(_held[i]);
            _senders[i].LeaveOut("sent wrong bytes (piece " + _pieces[i].ToString(CultureInfo.InvariantCulture) + "); left out");
        }
    }

    /// <summary>Takes what an earlier download left: it is read and hashed,
    /// and only then believed. Nothing else may use the buffers yet.</summary>
    /// <param name="bits">The pieces that should be there.</param>
    public void Resume(byte[] bits)
    {
        byte* hashes = stackalloc byte[PieceBuffers.Count * FileIdentity.HashBytes];
        for (int piece = 0; piece < _map.Count; piece++)
        {
            if ((bits[piece >> 3] & (0x80 >> (piece & 7))) != 0 && Part!.Read(piece, _buffers[Ready], _map.Identity.LengthOf(piece)))
            {
                _held[Ready] = Ready;
                _pieces[Ready++] = piece;
            }

            if (Ready < ResumeBatch && piece + 1 < _map.Count)
            {
                continue;
            }

            Hash(hashes);
            for (int i = 0; i < Ready; i++)
            {
                if (IsRight(hashes, i))
                {
                    _ = _map.Set(_pieces[i]);
                    HashWhole(_pieces[i], _held[i], 1);
                }
            }

            Ready = 0;
        }
    }

    /// <summary>Moves the hash of the whole on over pieces that are in the file, at most so many.</summary>
    public void HashWhole(int most)
    {
        if (!_download.IsOrdered)
        {
            HashWhole(-1, -1, most);
        }
    }

    /// <summary>The plain SHA-256 of the whole; null when it is not computed.</summary>
    public byte[]? FinishWhole()
    {
        byte[]? digest = _hashesWhole ? new byte[FileIdentity.HashBytes] : null;
        if (digest is not null)
        {
            _wholeHash.Finish(digest);
        }

        return digest;
    }

    /// <summary>Gives all buffers back.</summary>
    public void Drop()
    {
        for (; Ready > 0; Ready--)
        {
            _buffers.Return(_held[Ready - 1]);
        }

        foreach (ref int place in _places.AsSpan())
        {
            if (place >= 0)
            {
                _buffers.Return(place);
                place = -1;
            }
        }
    }

    private void Hash(byte* hashes)
    {
        byte** pieces = stackalloc byte*[PieceBuffers.Count];
        int* lengths = stackalloc int[PieceBuffers.Count];
        for (int i = 0; i < Ready; i++)
        {
            pieces[i] = _buffers[_held[i]];
            lengths[i] = _map.Identity.LengthOf(_pieces[i]);
        }

        if (_batch > 1 || !_hashesWhole || Ready != 1 || _pieces[0] != _hashed)
        {
            PieceHasher.HashMany(pieces, lengths, Ready, hashes);
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

    private bool IsRight(byte* hashes, int index)
        => new ReadOnlySpan<byte>(hashes + (index * FileIdentity.HashBytes), FileIdentity.HashBytes)
            .SequenceEqual(_map.HashOf(_pieces[index]));

    private void Accept(PeerSource peer, int piece, int buffer)
    {
        Chooser?.Gain(peer);
        if (_download.IsOrdered)
        {
            _places[piece % PieceBuffers.Count] = buffer;
            WriteInOrder();
            return;
        }

        int result = Part!.Write(piece, _buffers[buffer], _map.Identity.LengthOf(piece));
        _map.Answered(piece);
        if (result >= 0)
        {
            result = Part.Mark(_map, _map.Set(piece));
        }

        if (result < 0)
        {
            _download.Stop(result);
        }

        HashWhole(piece, buffer, PiecesReadAgain);
        _buffers.Return(buffer);
    }

    private void WriteInOrder()
    {
        int buffer;
        while (NextOut < _map.Count && (buffer = _places[NextOut % PieceBuffers.Count]) >= 0 && !_download.HasFailed)
        {
            ReadOnlySpan<byte> bytes = new(_buffers[buffer], _map.Identity.LengthOf(NextOut));
            if (_hashesWhole && _hashed == NextOut)
            {
                _hashed++;
                _wholeHash.Append(bytes);
            }

            // Waits for a slow reader: the peers' bytes stay in the sockets meanwhile.
            int result = StandardOutput.WriteAll(_download.Options.Output, bytes);
            _places[NextOut % PieceBuffers.Count] = -1;
            _buffers.Return(buffer);
            _map.Answered(NextOut);
            _ = _map.Set(NextOut++);
            if (result < 0)
            {
                _download.Stop(result);
            }
        }
    }

    // The plain hash of the whole can only be computed in order: a piece that is in memory goes in at once when it is the
    // next, others are read again once the gap before them is closed, a few at a time so that the peers are not kept waiting.
    private void HashWhole(int piece, int buffer, int most)
    {
        for (int i = 0; i < most && _hashesWhole && !_download.HasFailed && _hashed < _map.Prefix; i++)
        {
            int length = _map.Identity.LengthOf(_hashed);
            int held = _hashed == piece ? buffer : _buffers.Take();
            if (held < 0)
            {
                return;
            }

            if (_hashed == piece || Part!.Read(_hashed, _buffers[held], length))
            {
                _wholeHash.Append(new ReadOnlySpan<byte>(_buffers[held], length));
            }
            else
            {
                _download.Stop(-Errno.InputOutput);
            }

            if (_hashed++ != piece)
            {
                _buffers.Return(held);
            }
        }
    }
}
