using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// Downloads files from one peer with PEER_REQ, over a connection that is kept and used again. Blocks its caller; one thread at a time.
/// </summary>
/// <remarks>
/// The protocol gives no length. A node of ours is asked for the file and, in the same segment, for a key that cannot exist because 16 bytes of it are
/// random: the reply to that, which the file cannot contain, proves that "EOF" before it was the end. From a C node "EOF" at the end of a
/// read counts when silence follows.
/// </remarks>
internal sealed unsafe partial class PeerTransfer : IDisposable
{
    /// <summary>How long a C node must be silent after "EOF" or an error code, milliseconds.</summary>
    public const int SilenceMilliseconds = 200;

    private const int BufferSize = 256 * 1024;
    private const int NonceLength = 16;
    private const int ErrorLength = 4;

    private readonly HostResolver _resolver;
    private readonly long _timeout;
    private readonly bool _trusted;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly byte[] _requests = GC.AllocateUninitializedArray<byte>(2 * CsFrame.Size, pinned: true);
    private int _descriptor = -1;
    private int _used;

    /// <summary>Describes the peer; nothing is opened yet.</summary>
    /// <param name="host">Address or host name.</param>
    /// <param name="port">1 … 65535.</param>
    /// <param name="timeout">Nanoseconds to connect, and to wait for the next byte.</param>
    public PeerTransfer(string host, int port, long timeout)
    {
        _resolver = new HostResolver(host, port);
        _timeout = timeout;
        _trusted = RingPassword.IsTrusted(host, port);
        Name = RingNode.Join(host, ":", port);
    }

    /// <summary>"10.0.0.7:50003".</summary>
    public string Name { get; }

    /// <summary>What the peer is; unknown while no connection stands.</summary>
    public NodeKind Kind { get; private set; }

    /// <summary>Bytes of the file received by the last <see cref="Fetch"/>, also when it failed.</summary>
    public long Length { get; private set; }

    /// <summary>Why the last <see cref="Fetch"/> failed: <see cref="NodeFailure"/> for the peer, −errno for a write.</summary>
    public int Failure { get; private set; }

    /// <summary>Asks for a file and writes it to a descriptor as it arrives. After anything but Done the target holds part of it, or nothing.</summary>
    /// <param name="name">1 … 255 bytes.</param>
    /// <param name="target">An open file or pipe, −1 to throw the bytes away.</param>
    public TransferResult Fetch(ReadOnlySpan<byte> name, int target)
    {
        Length = 0;
        Failure = 0;
        if (!Connect() || !Identify())
        {
            return Broken();
        }

        if (Kind == NodeKind.Original && name.Length > sbyte.MaxValue)
        {
            Failure = NodeFailure.TooLongForOriginal;
            return TransferResult.PeerFailed;
        }

        _used = 0;
        CsFrame.WriteRequest(_requests, CsFrame.PeerRequest, name, default);
        return Kind == NodeKind.Ours ? FetchFromOurs(target) : FetchFromOriginal(target);
    }

    /// <summary>Closes with a reset (a C node spins for ever after an ordinary close).</summary>
    public void Dispose() => Disconnect();

    private TransferResult FetchFromOurs(int target)
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
            if (!Receive(DeadlineFromNow()))
            {
                return Broken();
            }

            Span<byte> received = _buffer.AsSpan(0, _used);
            if (received.EndsWith(proof))
            {
                Span<byte> body = received[..^CsFrame.Size];
                if (Length == 0 && body.SequenceEqual(CsFrame.TransferError))
                {
                    return TransferResult.Missing;
                }

                if (body.EndsWith(CsFrame.EndOfFile))
                {
                    return Flush(body.Length - CsFrame.EndOfFile.Length, target) ? TransferResult.Done : Unwritten();
                }

                Failure = NodeFailure.BadReply;
                return Broken();
            }

            if (!Flush(_used - held, target))
            {
                return Unwritten();
            }
        }
    }

    private TransferResult FetchFromOriginal(int target)
    {
        if (!Send(CsFrame.Size))
        {
            return Broken();
        }

        while (true)
        {
            if (!Receive(DeadlineFromNow()))
            {
                // An empty file is answered with nothing at all.
                if (Failure == -Errno.TimedOut && Length + _used == 0)
                {
                    // Should something come after all, it must not be taken for the next file.
                    Disconnect();
                    Failure = 0;
                    return TransferResult.Done;
                }

                return Broken();
            }

            Span<byte> received = _buffer.AsSpan(0, _used);
            bool error = Length == 0 && (received.SequenceEqual(CsFrame.OriginalTransferError) || received.SequenceEqual(CsFrame.TransferError));
            if (error && IsSilent())
            {
                return TransferResult.Missing;
            }

            if (received.EndsWith(CsFrame.EndOfFile) && IsSilent())
            {
                return Flush(_used - CsFrame.EndOfFile.Length, target) ? TransferResult.Done : Unwritten();
            }

            if (!Flush(_used - ErrorLength, target))
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

    private TransferResult Broken()
    {
        Disconnect();
        return TransferResult.PeerFailed;
    }

    private TransferResult Unwritten()
    {
        // The rest of the file is still on its way: the connection is of no more use.
        Disconnect();
        return TransferResult.WriteFailed;
    }
}
