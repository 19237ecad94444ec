using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// The frame of the CS protocol, as bytes: 'C' 'S', command, status, K, key, V, value, zeros up to <see cref="Size"/>.
/// Every span called "frame" here has exactly <see cref="Size"/> bytes. K and V are single bytes, so that the key and the
/// value of any frame lie inside it: there are no malformed lengths. Any thread; nothing allocates.
/// </summary>
/// <remarks>
/// What nodes of ours say to each other beyond the C program (never sent to a C node):
/// a GET of <see cref="IdentityKey"/> is answered 05 with a line that begins with <see cref="IdentityPrefix"/> (a C node answers 04);
/// the last byte of a PUT request holds <see cref="FlagReplace"/>, <see cref="FlagIfAbsent"/> or <see cref="FlagLease"/>;
/// a DEL with a value withdraws that holder; a GET reply with status 04 and V = 255 says that the value is too long for a frame.
/// </remarks>
internal static unsafe class CsFrame
{
    /// <summary>Bytes of a frame, always.</summary>
    public const int Size = 1500;

    public const byte FirstByte = (byte)'C';
    public const byte SecondByte = (byte)'S';

    /// <summary>What the request of a C client is filled with that goes to the replica because the owner did not answer.</summary>
    public const byte FailoverDigit = (byte)'0';

    /// <summary>Command: store, or append to what is there.</summary>
    public const byte Put = 1;

    /// <summary>Command: read.</summary>
    public const byte Get = 2;

    /// <summary>Command: remove a key, or one holder of it.</summary>
    public const byte Delete = 3;

    /// <summary>Status: failed, or no such key.</summary>
    public const byte Error = 4;

    /// <summary>Status: done.</summary>
    public const byte Ok = 5;

    /// <summary>Command: send the file that the key names. The reply is no frame.</summary>
    public const byte PeerRequest = 6;

    public const int CommandOffset = 2;

    /// <summary>Where the status is; 0 in a request (05 in the copy that the C program sends to the replica).</summary>
    public const int StatusOffset = 3;

    public const int KeyLengthOffset = 4;
    public const int KeyOffset = 5;

    /// <summary>Where a PUT request's flags are: the last byte, beyond any key and value, zero in every frame of the C program.</summary>
    public const int FlagsOffset = Size - 1;

    public const int MaximumKey = 255;

    /// <summary>Longest value in a request, bytes. What is stored, and what a GET returns, may be longer.</summary>
    public const int MaximumValue = 255;

    /// <summary>Flag of a PUT between nodes of ours: the value takes the place of what is there instead of being appended.</summary>
    public const byte FlagReplace = 1;

    /// <summary>Flag of a PUT between nodes of ours: stored only when the key does not exist; 05 in both cases.</summary>
    public const byte FlagIfAbsent = 2;

    /// <summary>Flag of a PUT between nodes of ours: the holder renews it (<see cref="RenewKey"/>), and it ends when it does not.</summary>
    public const byte FlagLease = 4;

    /// <summary>
    /// The reserved key whose GET lists the files that are registered: those behind the name that is its value, from the first without one.
    /// As many whole records as fit: bytes of the name (1), holders in all (2, low byte first), bytes of the lines (2), the name, holders
    /// one a line, a newline.
    /// </summary>
    public static ReadOnlySpan<byte> FilesKey => "\u0001files"u8;

    /// <summary>Bytes of such a record beside the name and the lines.</summary>
    public const int FilesRecord = 6;

    /// <summary>Most bytes of lines in such a record: more holders than that are only counted.</summary>
    public const int LongestFilesLines = 512;

    /// <summary>How all reserved keys begin.</summary>
    public const byte ReservedByte = 1;

    /// <summary>The reserved key whose GET, with a holder as its value, renews all its leases. 04: it has to register all again.</summary>
    public static ReadOnlySpan<byte> RenewKey => "\u0001renew"u8;

    /// <summary>
    /// How the reserved keys begin under which a part of the file that follows is registered (PUT) and withdrawn (DEL), always as a lease.
    /// </summary>
    public static ReadOnlySpan<byte> PartialKey => "\u0001partial "u8;

    /// <summary>
    /// How the reserved keys begin whose GET lists the holders of the file that follows, one a line: those that have all of it, then those
    /// that have a part, with the word "partial" behind the port. As many as fit.
    /// </summary>
    public static ReadOnlySpan<byte> HoldersKey => "\u0001holders "u8;

    /// <summary>How the reserved keys begin whose GET lists the holders that have a lease on the file that follows, one a line.</summary>
    public static ReadOnlySpan<byte> LeasesKey => "\u0001leases "u8;

    /// <summary>Longest name behind <see cref="PartialKey"/>, <see cref="HoldersKey"/> and <see cref="LeasesKey"/>, bytes.</summary>
    public const int LongestPartialName = MaximumKey - 9;

    /// <summary>The reserved key whose GET tells a node of ours from a C node.</summary>
    public static ReadOnlySpan<byte> IdentityKey => "\u0001epollsrv"u8;

    /// <summary>
    /// How the value of <see cref="IdentityKey"/> begins; then the version and words of the form name=value
    /// separated by single spaces, e.g. "epollsrv 0.1.0 keys=12"; or <see cref="StrangerIdentity"/>. Unknown words are ignored.
    /// </summary>
    public static ReadOnlySpan<byte> IdentityPrefix => "epollsrv "u8;

    /// <summary>Before the last word of the identity line of a node in a ring: a number that is the same for the same list of nodes.
    /// </summary>
    public static ReadOnlySpan<byte> IdentityRing => " ring="u8;

    /// <summary>
    /// The reserved key whose GET, with the password as its value, opens a connection to a node that has one; 05 or 04. Only sent to nodes
    /// of ours whose identity has the word <see cref="PasswordWanted"/>.
    /// </summary>
    public static ReadOnlySpan<byte> PasswordKey => "\u0001password"u8;

    /// <summary>A word of the identity line: this connection must give the password first.</summary>
    public static ReadOnlySpan<byte> PasswordWanted => " password=wanted"u8;

    /// <summary>The identity line for a connection that has not given the password: a node of ours that wants it, no more.</summary>
    public static ReadOnlySpan<byte> StrangerIdentity => "epollsrv password=wanted"u8;

    /// <summary>The value of an error reply to a connection that has not given the password.</summary>
    public static ReadOnlySpan<byte> NoPassword => "NOAUTH Authentication required."u8;

    /// <summary>What follows the last byte of a file.</summary>
    public static ReadOnlySpan<byte> EndOfFile => "EOF"u8;

    /// <summary>What answers a PEER_REQ for a file that cannot be sent, alone and without <see cref="EndOfFile"/>.</summary>
    public static ReadOnlySpan<byte> TransferError => [FirstByte, SecondByte, PeerRequest, Error];

    /// <summary>What the C program's server sends in that case.</summary>
    public static ReadOnlySpan<byte> OriginalTransferError => [0, 0, 0, Error];

    /// <summary>The frame at an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> At(byte* frame) => new(frame, Size);

    /// <summary>Whether the frame begins with 'C' 'S'.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> frame) => frame[0] == FirstByte && frame[1] == SecondByte;

    /// <summary>The command byte, whatever it is.</summary>
    public static byte Command(ReadOnlySpan<byte> frame) => frame[CommandOffset];

    public static byte Status(ReadOnlySpan<byte> frame) => frame[StatusOffset];

    /// <summary>The flags of a PUT request.</summary>
    public static byte Flags(ReadOnlySpan<byte> frame) => frame[FlagsOffset];

    /// <summary>The key, 0 … 255 bytes.</summary>
    public static ReadOnlySpan<byte> Key(ReadOnlySpan<byte> frame) => frame.Slice(KeyOffset, frame[KeyLengthOffset]);

    /// <summary>The value of a request, or of a reply other than GET's: 0 … 255 bytes.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> frame)
    {
        int lengthOffset = KeyOffset + frame[KeyLengthOffset];
        return frame.Slice(lengthOffset + 1, frame[lengthOffset]);
    }

    /// <summary>The longest value that a GET reply for a key of this length carries; one byte stays zero to end it.</summary>
    public static int ReplyCapacity(int keyLength) => Size - KeyOffset - keyLength - 2;

    /// <summary>
    /// The value in a GET reply with status 05. A node of ours gives min(length, 255) as V; a C node leaves 0 and the value ends at the
    /// first zero. With V = 255 the value ends at the frame's last byte that is not zero, at least 255 bytes on.
    /// </summary>
    public static ReadOnlySpan<byte> ReplyValue(ReadOnlySpan<byte> frame)
    {
        int lengthOffset = KeyOffset + frame[KeyLengthOffset];
        byte length = frame[lengthOffset];
        ReadOnlySpan<byte> rest = frame[(lengthOffset + 1)..];
        if (length is > 0 and < MaximumValue)
        {
            return rest[..length];
        }

        if (length == 0)
        {
            int zero = rest.IndexOf((byte)0);
            return zero < 0 ? rest : rest[..zero];
        }

        return rest[..Math.Max(MaximumValue, rest.LastIndexOfAnyExcept((byte)0) + 1)];
    }

    /// <summary>Whether a GET reply says that the key exists but its value does not fit a frame (nodes of ours only).</summary>
    public static bool IsTooLong(ReadOnlySpan<byte> frame)
        => frame[StatusOffset] == Error && frame[KeyOffset + frame[KeyLengthOffset]] == MaximumValue;

    /// <summary>Whether a reply says that the password must be given first (nodes of ours only).</summary>
    public static bool IsNoPassword(ReadOnlySpan<byte> frame)
        => frame[StatusOffset] == Error && Value(frame).SequenceEqual(NoPassword);

    /// <summary>The reply to a connection without the password: the request's key, status 04 and <see cref="NoPassword"/>.</summary>
    public static void WriteNoPassword(ReadOnlySpan<byte> request, Span<byte> reply)
    {
        WriteRequest(reply, request[CommandOffset], Key(request), NoPassword);
        reply[StatusOffset] = Error;
    }

    /// <summary>Writes a request; everything that is not used becomes zero.</summary>
    /// <param name="frame">The target, <see cref="Size"/> bytes.</param>
    /// <param name="command">PUT, GET, DEL or PEER_REQ.</param>
    /// <param name="key">At most <see cref="MaximumKey"/> bytes.</param>
    /// <param name="value">At most <see cref="MaximumValue"/> bytes.</param>
    /// <param name="flags">0, or for a node of ours the flags of a PUT.</param>
    public static void WriteRequest(Span<byte> frame, byte command, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, byte flags = 0)
    {
        frame = frame[..Size];
        frame.Clear();
        frame[0] = FirstByte;
        frame[1] = SecondByte;
        frame[CommandOffset] = command;
        frame[KeyLengthOffset] = checked((byte)key.Length);
        key.CopyTo(frame[KeyOffset..]);
        frame[KeyOffset + key.Length] = checked((byte)value.Length);
        value.CopyTo(frame[(KeyOffset + key.Length + 1)..]);
        frame[FlagsOffset] = flags;
    }

    /// <summary>The reply to PUT and DEL, and to a GET or a command that fails: the request with the status set.</summary>
    /// <param name="request">The request; may be the same memory as <paramref name="reply"/>.</param>
    /// <param name="reply">The target, <see cref="Size"/> bytes.</param>
    /// <param name="status"><see cref="Ok"/> or <see cref="Error"/>.</param>
    public static void WriteReply(ReadOnlySpan<byte> request, Span<byte> reply, byte status)
    {
        request[..Size].CopyTo(reply);
        reply[StatusOffset] = status;
    }

    /// <summary>
    /// The reply to a GET of a key that exists: the value exactly as stored when it fits; of a longer one nothing, status 04 and V = 255
    /// (<see cref="IsTooLong"/>): never a part passed off as the whole.
    /// </summary>
    /// <param name="request">The request; may be the same memory as <paramref name="reply"/>.</param>
    /// <param name="reply">The target, <see cref="Size"/> bytes.</param>
    /// <param name="value">What is stored, any length.</param>
    public static void WriteGetReply(ReadOnlySpan<byte> request, Span<byte> reply, ReadOnlySpan<byte> value)
    {
        int lengthOffset = KeyOffset + request[KeyLengthOffset];
        request[..lengthOffset].CopyTo(reply);
        Span<byte> rest = reply[(lengthOffset + 1)..Size];
        bool fits = value.Length < rest.Length;
        reply[StatusOffset] = fits ? Ok : Error;
        reply[lengthOffset] = (byte)Math.Min(value.Length, MaximumValue);
        value = fits ? value : default;
        value.CopyTo(rest);
        rest[value.Length..].Clear();
    }
}
