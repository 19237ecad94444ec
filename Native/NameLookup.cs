using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Names to addresses. <see cref="Resolve"/> may block for the
/// resolver's own time-outs: never call it on the loop or a worker.</summary>
internal static unsafe partial class NameLookup
{
    private const int StreamSocket = 1;

    /// <summary>The first address of a host name, IPv4 preferred (the C program's nodes only understand that).</summary>
    /// <param name="host">A numeric address or a name of /etc/hosts or DNS.</param>
    /// <param name="port">1 … 65535.</param>
    /// <param name="address">The result.</param>
    /// <returns>False when there is none.</returns>
    public static bool Resolve(string host, int port, out SocketAddress address)
    {
        if (SocketAddress.TryParse(host, port, out address))
        {
            return true;
        }

        AddressInfo hints = default;
        hints.SocketType = StreamSocket;
        AddressInfo* list;
        if (getaddrinfo(host, null, &hints, &list) != 0)
        {
            return false;
        }

        bool found = false;
        for (AddressInfo* entry = list; entry != null; entry = entry->Next)
        {
            bool version4 = entry->Family == SocketAddress.FamilyIPv4;
            if (entry->Length > 28 || (found && !version4))
            {
                continue;
            }

            fixed (byte* data = address.Data)
            {
                new ReadOnlySpan<byte>(entry->Address, (int)entry->Length).CopyTo(new Span<byte>(data, 128));
            }

            address.Length = (int)entry->Length;
            address.Port = port;
            found = true;
            if (version4)
            {
                break;
            }
        }

        freeaddrinfo(list);
        return found;
    }

    /// <summary>inet_pton(3): 1 when <paramref name="text"/> (zero-terminated) is an address of the family.</summary>
    public static int ParseNumeric(int family, byte* text, byte* binary) => inet_pton(family, text, binary);

    /// <summary>inet_ntop(3) into <paramref name="text"/>, zero-terminated.</summary>
    public static bool FormatNumeric(int family, byte* binary, byte* text, int capacity) =>
        inet_ntop(family, binary, text, capacity) != null;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getaddrinfo(string node, byte* service, AddressInfo* hints, AddressInfo** result);

    [LibraryImport("libc")]
    private static partial void freeaddrinfo(AddressInfo* list);

    [LibraryImport("libc")]
    private static partial int inet_pton(int family, byte* text, byte* binary);

    [LibraryImport("libc")]
    private static partial byte* inet_ntop(int family, byte* binary, byte* text, int capacity);

    // struct addrinfo of glibc, 64-bit.
    private struct AddressInfo
    {
        public int Flags;
        public int Family;
        public int SocketType;
        public int Protocol;
        public uint Length;
        public byte* Address;
        public byte* CanonicalName;
        public AddressInfo* Next;
    }
}
