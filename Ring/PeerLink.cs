using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// A connection to a peer: looks its name up, connects, asks over CS what
/// it is, and gives it the password. Never waits: its owner polls for what
/// <see cref="Watch"/> says, calls <see cref="Advance"/>, and keeps the time. Belongs to one thread.
/// </summary>
/// <remarks>Every close is a reset: after an ordinary close a C node spins for ever on the descriptor it leaks.</remarks>
internal sealed unsafe class PeerLink
{
    /// <summary>A name look-up runs on a thread of its own: its outcome is asked for again after so many milliseconds.</summary>
    public const int ResolvePause = 5;

    private const int KeepAliveSeconds = 300;

    private readonly HostResolver _resolver;
    private readonly bool _mayTell;
    private byte[]? _question;
    private byte[]? _answer;
    private int _descriptor = -1;
    private int _sent;
    private int _received;
    private bool _tellsPassword;
    private bool _usesPreviousPassword;

    /// <summary>Describes a connection; nothing is opened yet.</summary>
    /// <param name="host">Address or host name.</param>
    /// <param name="port">1 … 65535.</param>
    /// <param name="mayTell">Whether the peer may be told the password: whoever registers a file can put any address into the ring.</param>
    public PeerLink(string host, int port, bool mayTell)
    {
        _resolver = new HostResolver(host, port);
        _mayTell = mayTell;
    }

    /// <summary>How far it is.</summary>
    public PeerLinkStage Stage { get; private set; }

    /// <summary>Whether the connection stands and no question of <see cref="Identify"/> is under way.</summary>
    public bool IsOpen => Stage == PeerLinkStage.Open;

    /// <summary>What the peer is; unknown again after a close, since another program may come back in its place.</summary>
    public PeerKind Kind { get; private set; }

    /// <summary>Whether the peer asked for the password when it said what it is.</summary>
    public bool WantsPassword { get; private set; }

    /// <summary>Why the password is not told to a peer that wants it: a <see cref="PeerFailure"/>, or 0.</summary>
    public int PasswordFailure => RingPassword.Value.Length == 0 ? PeerFailure.NoPassword : _mayTell ? 0 : PeerFailure.NotTrusted;

    /// <summary>The socket took no more: no further attempt before poll says that it does.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>The failure of a peer whose time is over.</summary>
    public int TimeFailure => Stage == PeerLinkStage.Resolving ? PeerFailure.LookUpTimedOut : -Errno.TimedOut;

    /// <summary>Whether nothing has come that was not asked for, an end of stream included.</summary>
    public bool IsQuiet
    {
        get
        {
            byte unexpected;
            return Socket.Receive(_descriptor, &unexpected, 1) == -Errno.Again;
        }
    }

    /// <summary>What a peer is that gave this reply to a GET of the identity key.</summary>
    public static PeerKind KindOf(ReadOnlySpan<byte> reply)
        => CsFrame.Status(reply) == CsFrame.Ok && CsFrame.ReplyValue(reply).StartsWith(CsFrame.IdentityPrefix) ? PeerKind.Ours
            : PeerKind.Original;

    /// <summary>Whether a frame is a reply to a request.</summary>
    /// <returns>0, or a <see cref="PeerFailure"/>.</returns>
    public static int CheckReply(ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply)
    {
        bool fits = CsFrame.HasMagic(reply) && CsFrame.Command(reply) == CsFrame.Command(request)
            && CsFrame.Status(reply) is CsFrame.Ok or CsFrame.Error && CsFrame.Key(reply).SequenceEqual(CsFrame.Key(request));
        return !fits ? PeerFailure.BadReply : CsFrame.IsNoPassword(reply) ? PeerFailure.NoPassword : 0;
    }

    /// <summary>Begins a new connection; what was open is closed.</summary>
    public void Open()
    {
        Close();
        Stage = PeerLinkStage.Resolving;
    }

    /// <summary>Asks what the peer is, over an open connection.</summary>
    /// <param name="tellsPassword">A peer that wants the password is given it, or the link fails; false: it is only noted.</param>
    /// <returns>0, or the failure.</returns>
    public int Identify(bool tellsPassword)
    {
        _tellsPassword = tellsPassword;
        return Ask(PeerLinkStage.Identifying, CsFrame.IdentityKey, default);
    }

    /// <summary>An answer to another GET of the identity key said what the peer is.</summary>
    public void Identified(ReadOnlySpan<byte> reply) => Kind = KindOf(reply);

    /// <summary>Does what can be done without waiting, up to <see cref="PeerLinkStage.Open"/>.</summary>
    /// <param name="events">What poll(2) returned.</param>
    /// <returns>0, or the failure, a <see cref="PeerFailure"/> or −errno: the owner closes the link.</returns>
    public int Advance(short events)
    {
        IsBlocked &= (events & (PollEntry.Out | PollEntry.Failed)) == 0;
        return Stage switch
        {
            PeerLinkStage.Resolving => Resolve(),
            PeerLinkStage.Connecting when (events & (PollEntry.Out | PollEntry.Failed)) != 0 => Connected(Socket.PendingError(_descriptor)),
            PeerLinkStage.Identifying or PeerLinkStage.Authenticating => Converse(),
            _ => 0,
        };
    }

    /// <summary>Says what to wait for; an entry with descriptor −1 when there is nothing.</summary>
    /// <param name="entry">The entry for poll(2).</param>
    /// <param name="reads">Whether bytes of the peer are wanted.</param>
    public void Watch(ref PollEntry entry, bool reads)
    {
        bool unsent = Stage == PeerLinkStage.Connecting || IsBlocked;
        reads &= Stage > PeerLinkStage.Connecting;
        entry.Events = (short)((unsent ? PollEntry.Out : 0) | (reads ? PollEntry.In : 0));
        entry.Returned = 0;

        // Without events a connection that broke would wake its owner again and again.
        entry.Descriptor = entry.Events == 0 ? -1 : _descriptor;
    }

    /// <summary>Sends bytes as far as the socket takes them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="sent">How many of them are sent; moved on.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>1: all are sent; 0: <see cref="IsBlocked"/>; else the failure.</returns>
    public int Send(byte[] bytes, ref int sent, int count)
    {
        IsBlocked = false;
        fixed (byte* start = bytes)
        {
            while (sent < count)
            {
                nint result = Socket.Send(_descriptor, start + sent, count - sent, 0);
                if (result < 0)
                {
                    IsBlocked = result == -Errno.Again;
                    return IsBlocked ? 0 : Failure(result);
                }

                sent += (int)result;
            }
        }

        return 1;
    }

    /// <summary>Receives what has come.</summary>
    /// <returns>Bytes; 0: there are none yet; else the failure.</returns>
    public nint Receive(byte* target, nint length)
    {
        nint count = Socket.Receive(_descriptor, target, length);
        return count > 0 ? count : count == -Errno.Again ? 0 : Failure(count);
    }

    /// <summary>The same into the rest of an array.</summary>
    public int Receive(byte[] target, int from, int length)
    {
        fixed (byte* start = target)
        {
            return (int)Receive(start + from, length - from);
        }
    }

    /// <summary>Closes with a reset.</summary>
    public void Close()
    {
        if (_descriptor >= 0)
        {
            Descriptor.Close(_descriptor);
            _descriptor = -1;
        }

        Stage = PeerLinkStage.Closed;
        Kind = PeerKind.Unknown;
        IsBlocked = false;
    }

    private static int Failure(nint result) => result is 0 or -Errno.BrokenPipe or -Errno.ConnectionReset ? PeerFailure.Closed
        : (int)result;

    private int Resolve()
    {
        int result = _resolver.Poll(out SocketAddress address);
        if (result <= 0)
        {
            return result < 0 ? PeerFailure.NoSuchHost : 0;
        }

        _descriptor = Socket.Create(address.Family);
        if (_descriptor < 0)
        {
            return _descriptor;
        }

        Socket.ResetOnClose(_descriptor);
        Socket.NoDelay(_descriptor);
        Socket.KeepAlive(_descriptor, KeepAliveSeconds);
        Stage = PeerLinkStage.Connecting;
        result = Socket.Connect(_descriptor, ref address);
        return result == -Errno.InProgress ? 0 : Connected(result);
    }

    private int Connected(int result)
    {
        if (result < 0)
        {
            // A name may lead somewhere else by now.
            _resolver.Forget();
            return result;
        }

        Stage = PeerLinkStage.Open;
        return 0;
    }

    private int Ask(PeerLinkStage stage, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _question ??= GC.AllocateUninitializedArray<byte>(CsFrame.Size, pinned: true);
        _answer ??= GC.AllocateUninitializedArray<byte>(CsFrame.Size, pinned: true);
        CsFrame.WriteRequest(_question, CsFrame.Get, key, value);
        Stage = stage;
        _sent = 0;
        _received = 0;
        return Math.Min(0, Send(_question, ref _sent, CsFrame.Size));
    }

    private int Converse()
    {
        int result = _sent < CsFrame.Size && !IsBlocked ? Send(_question!, ref _sent, CsFrame.Size) : 1;
        while (result > 0 && _received < CsFrame.Size)
        {
            result = Receive(_answer!, _received, CsFrame.Size);
            _received += Math.Max(0, result);
        }

        return result <= 0 ? result : Answered();
    }

    private int Answered()
    {
        int failure = CheckReply(_question, _answer);
        if (failure != 0)
        {
            return failure;
        }

        if (Stage == PeerLinkStage.Authenticating)
        {
            Stage = PeerLinkStage.Open;
            if (CsFrame.Status(_answer) == CsFrame.Ok)
            {
                return 0;
            }

            // After a change some nodes have the new password, some still the old one: the next connection tries the other.
            _usesPreviousPassword = !_usesPreviousPassword && RingPassword.Previous.Length > 0;
            return PeerFailure.NoPassword;
        }

        Stage = PeerLinkStage.Open;
        Kind = KindOf(_answer);
        WantsPassword = Kind == PeerKind.Ours && RingPassword.IsWanted(CsFrame.ReplyValue(_answer));
        return !WantsPassword || !_tellsPassword ? 0
            : PasswordFailure != 0 ? PasswordFailure
            : Ask(PeerLinkStage.Authenticating, CsFrame.PasswordKey, _usesPreviousPassword ? RingPassword.Previous : RingPassword.Value);
    }
}
