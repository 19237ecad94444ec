using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Stream sockets, always non-blocking and close-on-exec. Any thread; results are ≥ 0 or −errno.</summary>
internal static unsafe partial class Socket
{
    /// <summary>MSG_MORE: more will follow; hold back a part-filled segment.</summary>
    public const int More = 0x8000;

    /// <summary>MSG_EOR: what is sent next starts a segment of its own.</summary>
    public const int EndOfRecord = 0x80;

    private const int NoSignal = 0x4000;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Stream = 1;
    private const int Datagram = 2;
    private const int LevelSocket = 1;
    private const int LevelTcp = 6;
    private const int LevelIPv6 = 41;
    private const int OptionReuseAddress = 2;
    private const int OptionType = 3;
    private const int OptionError = 4;
    private const int OptionSendBuffer = 7;
    private const int OptionReceiveBuffer = 8;
    private const int OptionKeepAlive = 9;
    private const int OptionLinger = 13;
    private const int OptionListening = 30;
    private const int OptionNoDelay = 1;
    private const int OptionKeepIdle = 4;
    private const int OptionKeepInterval = 5;
    private const int OptionKeepCount = 6;
    private const int OptionVersion6Only = 26;
    private const nuint OutputQueue = 0x5411;

    /// <summary>A new stream socket of the family.</summary>
    public static int Create(int family) => SystemCall.Result(socket(family, Stream | NonBlocking | CloseOnExec, 0));

    /// <summary>A new datagram socket of the family.</summary>
    public static int CreateDatagram(int family) => SystemCall.Result(socket(family, Datagram | NonBlocking | CloseOnExec, 0));

    /// <summary>Whether a descriptor is a stream socket that listens.</summary>
    public static bool IsListening(int descriptor) => Get(descriptor, OptionType) == Stream && Get(descriptor, OptionListening) == 1;

    /// <summary>Binds; −EADDRINUSE, −EADDRNOTAVAIL, −EACCES and the rest as they come.</summary>
    public static int Bind(int descriptor, ref SocketAddress address)
    {
        fixed (byte* data = address.Data)
        {
            return SystemCall.Result(bind(descriptor, data, (uint)address.Length));
        }
    }

    /// <summary>Listens with a backlog of <paramref name="backlog"/> connections.</summary>
    public static int Listen(int descriptor, int backlog) => SystemCall.Result(listen(descriptor, backlog));

    /// <summary>Starts to connect: 0 when done, −EINPROGRESS while under way.</summary>
    public static int Connect(int descriptor, ref SocketAddress address)
    {
        fixed (byte* data = address.Data)
        {
            // EINTR on a non-blocking connect means it goes on in the background (connect(2)).
            int result = SystemCall.Result(connect(descriptor, data, (uint)address.Length));
            return result == -Errno.Interrupted ? -Errno.InProgress : result;
        }
    }

    /// <summary>Takes one waiting connection (not retried when interrupted: the acceptor's loop does).</summary>
    public static int Accept(int listener) => SystemCall.Result(accept4(listener, null, null, NonBlocking | CloseOnExec));

    /// <summary>recv(2), again when interrupted.</summary>
    public static nint Receive(int descriptor, byte* buffer, nint length)
    {
        nint result;
        do
        {
            result = SystemCall.Result(recv(descriptor, buffer, length, 0));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>send(2) with MSG_NOSIGNAL, again when interrupted.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="buffer">The first byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="flags">0 or <see cref="More"/>.</param>
    public static nint Send(int descriptor, byte* buffer, nint length, int flags)
    {
        nint result;
        do
        {
            result = SystemCall.Result(send(descriptor, buffer, length, flags | NoSignal));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>Gathers and sends with MSG_NOSIGNAL, again when interrupted.</summary>
    public static nint Send(int descriptor, IoVector* vectors, int count, int flags)
    {
        MessageHeader header = default;
        header.Vectors = vectors;
        header.Count = (nuint)count;
        nint result;
        do
        {
            result = SystemCall.Result(sendmsg(descriptor, &header, flags | NoSignal));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>sendfile(2): file pages to the socket without passing through the process; moves <paramref name="offset"/>.</summary>
    /// <remarks>Has no MSG_NOSIGNAL: the process ignores SIGPIPE (<see cref="Signals.IgnoreBrokenPipe"/>).</remarks>
    public static nint SendFile(int descriptor, int file, ref long offset, nint count)
    {
        fixed (long* position = &offset)
        {
            nint result;
            do
            {
                result = SystemCall.Result(sendfile(descriptor, file, position, (nuint)count));
            }
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    /// <summary>Shuts down sending: the peer sees the end of the stream after the last byte.</summary>
    public static void ShutdownSend(int descriptor) => _ = shutdown(descriptor, 1);

    /// <summary>Bytes that were sent and that the peer's kernel has not acknowledged; 0 when unknown. Of a Unix-domain
    /// socket: bytes that the peer has not read.</summary>
    public static int Unacknowledged(int descriptor)
    {
        int value = 0;
        return ioctl(descriptor, OutputQueue, &value) == 0 ? value : 0;
    }

    /// <summary>The error a failed connect left behind; 0 when it succeeded.</summary>
    public static int PendingError(int descriptor)
    {
        int value = Get(descriptor, OptionError);
        return value < 0 ? value : -value;
    }

    /// <summary>The local address.</summary>
    public static int LocalAddress(int descriptor, out SocketAddress address) => Name(descriptor, out address, peer: false);

    /// <summary>The other side's address.</summary>
    public static int PeerAddress(int descriptor, out SocketAddress address) => Name(descriptor, out address, peer: true);

    /// <summary>SO_REUSEADDR: a restarted server binds at once.</summary>
    public static void ReuseAddress(int descriptor) => Set(descriptor, LevelSocket, OptionReuseAddress, 1);

    /// <summary>IPV6_V6ONLY, so that 0.0.0.0 and :: can both be bound.</summary>
    public static void Version6Only(int descriptor) => Set(descriptor, LevelIPv6, OptionVersion6Only, 1);

    /// <summary>TCP_NODELAY: a reply is never held back. On a listener, accepted sockets inherit it (Linux).</summary>
    public static void NoDelay(int descriptor) => Set(descriptor, LevelTcp, OptionNoDelay, 1);

    /// <summary>TCP keepalive after <paramref name="seconds"/> of silence, 0: none; inherited like <see cref="NoDelay"/>.</summary>
    public static void KeepAlive(int descriptor, int seconds)
    {
        Set(descriptor, LevelSocket, OptionKeepAlive, seconds > 0 ? 1 : 0);
        if (seconds == 0)
        {
            return;
        }

        Set(descriptor, LevelTcp, OptionKeepIdle, seconds);
        Set(descriptor, LevelTcp, OptionKeepInterval, System.Math.Max(1, seconds / 3));
        Set(descriptor, LevelTcp, OptionKeepCount, 3);
    }

    /// <summary>SO_LINGER 0: the next close resets the connection.</summary>
    public static void ResetOnClose(int descriptor)
    {
        ulong linger = 1; // l_onoff = 1, l_linger = 0
        _ = setsockopt(descriptor, LevelSocket, OptionLinger, (byte*)&linger, 8);
    }

    /// <summary>SO_SNDBUF and SO_RCVBUF, bytes (the kernel doubles them); for tests of slow peers.</summary>
    public static void BufferSizes(int descriptor, int bytes)
    {
        Set(descriptor, LevelSocket, OptionSendBuffer, bytes);
        Set(descriptor, LevelSocket, OptionReceiveBuffer, bytes);
    }

    private static void Set(int descriptor, int level, int option, int value) =>
        _ = setsockopt(descriptor, level, option, (byte*)&value, 4);

    // The value of an option of the socket level, or −errno.
    private static int Get(int descriptor, int option)
    {
        int value = 0;
        uint length = 4;
        int result = SystemCall.Result(getsockopt(descriptor, LevelSocket, option, &value, &length));
        return result < 0 ? result : value;
    }

    private static int Name(int descriptor, out SocketAddress address, bool peer)
    {
        address = default;
        uint length = 128;
        int result;
        fixed (byte* data = address.Data)
        {
            result = SystemCall.Result(peer ? getpeername(descriptor, data, &length) : getsockname(descriptor, data, &length));
        }

        address.Length = (int)length;
        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int descriptor, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int descriptor, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int descriptor, byte* address, uint* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int descriptor, MessageHeader* header, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendfile(int descriptor, int file, long* offset, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, nuint request, int* value);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int descriptor, int level, int option, int* value, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, byte* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(int descriptor, byte* address, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getpeername(int descriptor, byte* address, uint* length);

    // struct msghdr of glibc, 64-bit.
    private struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint Count;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
