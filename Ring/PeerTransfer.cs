using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// Downloads files from one peer with PEER_REQ, over a connection that is kept and used again. Blocks its caller; one thread at a time.
/// </summary>
/// <remarks>
/// The protocol gives no length. The peer is asked for the file and, in the same segment, for a
/// key that cannot exist because 16 bytes of it are random: the reply to that, which the file
/// cannot contain, proves that "EOF" before it was the end. C nodes answer it like nodes of ours.
/// </remarks>
internal sealed unsafe class PeerTransfer : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const int NonceLength = 16;

    private readonly PeerLink _link;
    private readonly long _timeout;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly byte[] _requests = GC.AllocateUninitializedArray<byte>(2 * CsFrame.Size, pinned: true);
    private short _events;
    private int _used;

    /// <summary>Describes the peer; nothing is opened yet.</summary>
    /// <param name="host">Address or host name.</param>
    /// <param name="port">1 … 65535.</param>
    /// <param name="timeout">Nanoseconds to connect, and to wait for the next byte.</param>
    public PeerTransfer(string host, int port, long timeout)
    {
        _link = new PeerLink(host, port, RingPassword.IsTrusted(host, port));
        _timeout = timeout;
        Name = PeerAddress.Join(host, ":", port);
    }

    /// <summary>"10.0.0.7:50003".</summary>
    public string Name { get; }

    /// <summary>What the peer is; unknown while no connection stands.</summary>
    public PeerKind Kind => _link.Kind;

    /// <summary>Bytes of the file received by the last <see cref="Fetch"/>, also when it failed.</summary>
    public long Length { get; private set; }

    /// <summary>Why the last <see cref="Fetch"/> failed: <see cref="PeerFailure"/> for the peer, −errno for a write.</summary>
    public int Failure { get; private set; }

    /// <summary>Asks for a file and writes it to a descriptor as it arrives.
    /// After anything but Done the target holds part of it, or nothing.</summary>
    /// <param name="name">1 … 255 bytes.</param>
    /// <param name="target">An open file or pipe, −1 to throw the bytes away.</param>
    public TransferResult Fetch(ReadOnlySpan<byte> name, int target)
    {
        Length = 0;
        Failure = 0;
        if (!Connect())
        {
            return Broken();
        }

        if (Kind == PeerKind.Original && name.Length > sbyte.MaxValue)
        {
            Failure = PeerFailure.TooLongForOriginal;
            return TransferResult.PeerFailed;
        }

        _used = 0;
        CsFrame.WriteRequest(_requests, CsFrame.PeerRequest, name, default);
        return Receive(target);
    }

    /// <summary>Closes with a reset (a C node spins for ever after an ordinary close).</summary>
    public void Dispose() => _link.Close();

    private TransferResult Receive(int target)
    {
        Span<byte> key = stackalloc byte[4 + NonceLength];
        "\u0001end"u8.CopyTo(key);
        RandomBytes.Fill(key[4..]);
        Span<byte> proof = _requests.AsSpan(CsFrame.Size);
        CsFrame.WriteRequest(proof, CsFrame.Get, key, default);
        if (!Send(2 * CsFrame.Size))
        {
            return Broken();
        }

        CsFrame.WriteReply(proof, proof, CsFrame.Error);
        int held = CsFrame.Size + CsFrame.EndOfFile.Length;
        while (true)
        {
            if (!Receive())
            {
                return Broken();
            }

            Span<byte> received = _buffer.AsSpan(0, _used);
            if (received.EndsWith(proof))
            {
                Span<byte> body = received[..^CsFrame.Size];
                bool original = Kind == PeerKind.Original;
                if (Length == 0 && (body.SequenceEqual(CsFrame.TransferError)
                    || (original && body.SequenceEqual(CsFrame.OriginalTransferError))))
                {
                    return TransferResult.Missing;
                }

                if (original && Length == 0 && body.IsEmpty)
                {
                    // An empty file is answered with nothing at all.
                    return TransferResult.Done;
                }

                if (body.EndsWith(CsFrame.EndOfFile))
                {
                    return Flush(body.Length - CsFrame.EndOfFile.Length, target) ? TransferResult.Done : Unwritten();
                }

                Failure = PeerFailure.BadReply;
                return Broken();
            }

            if (!Flush(_used - held, target))
            {
                return Unwritten();
            }
        }
    }

    // Writes the first bytes of the buffer and moves the rest down.
    private bool Flush(int count, int target)
    {
        if (count <= 0)
        {
            return true;
        }

        for (int done = 0; target >= 0 && done < count;)
        {
            nint written;
            fixed (byte* start = _buffer)
            {
                written = Descriptor.Write(target, start + done, count - done);
            }

            if (written == -Errno.Again)
            {
                _ = Descriptor.Poll(target, PollEntry.Out, -1);
            }
            else if (written < 0)
            {
                Failure = (int)written;
                return false;
            }
            else
            {
                done += (int)written;
            }
        }

        _buffer.AsSpan(count, _used - count).CopyTo(_buffer);
        _used -= count;
        Length += count;
        return true;
    }

    // A connection on which it is known what the peer is; each step has the whole time.
    private bool Connect()
    {
        if (_link.IsOpen && _link.IsQuiet)
        {
            return true;
        }

        _link.Open();
        bool open = Advance();
        Failure = open ? _link.Identify(tellsPassword: true) : Failure;
        return open && Failure == 0 && Advance();
    }

    private bool Advance()
    {
        PeerLinkStage stage = PeerLinkStage.Closed;
        long deadline = 0;
        _events = 0;
        while ((Failure = _link.Advance(_events)) == 0 && !_link.IsOpen)
        {
            deadline = _link.Stage == stage ? deadline : Clock.Monotonic() + _timeout;
            stage = _link.Stage;
            if (!Wait(deadline))
            {
                return false;
            }
        }

        return Failure == 0;
    }

    private bool Send(int count)
    {
        long deadline = Clock.Monotonic() + _timeout;
        int sent = 0;
        while (true)
        {
            int result = _link.Send(_requests, ref sent, count);
            if (result != 0)
            {
                Failure = Math.Min(0, result);
                return result > 0;
            }

            if (!Wait(deadline))
            {
                return false;
            }
        }
    }

    // Receives at least one byte behind what the buffer holds.
    private bool Receive()
    {
        long deadline = Clock.Monotonic() + _timeout;
        while (true)
        {
            int count = _link.Receive(_buffer, _used, _buffer.Length);
            if (count != 0)
            {
                _used += Math.Max(0, count);
                Failure = Math.Min(0, count);
                return count > 0;
            }

            if (!Wait(deadline))
            {
                return false;
            }
        }
    }

    // False: the peer's time is over.
    private bool Wait(long deadline)
    {
        long left = deadline - Clock.Monotonic();
        if (left <= 0)
        {
            Failure = _link.TimeFailure;
            return false;
        }

        PollEntry entry = default;
        _link.Watch(ref entry, reads: true);
        int milliseconds = (int)Math.Min((left + 999_999) / 1_000_000, int.MaxValue);
        _ = Descriptor.Poll(&entry, 1, _link.Stage == PeerLinkStage.Resolving ? Math.Min(milliseconds, PeerLink.ResolvePause)
            : milliseconds);
        _events = entry.Returned;
        return true;
    }

    private TransferResult Broken()
    {
        _link.Close();
        return TransferResult.PeerFailed;
    }

    private TransferResult Unwritten()
    {
        // The rest of the file is still on its way: the connection is of no more use.
        _link.Close();
        return TransferResult.WriteFailed;
    }
}
