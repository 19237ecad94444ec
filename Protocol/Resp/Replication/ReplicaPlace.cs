using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>A replica as of a moment.</summary>
/// <param name="Host">The address that it gave, or that it is connected from.</param>
/// <param name="Port">The port that it gave.</param>
/// <param name="IsOnline">Whether it gets the stream.</param>
/// <param name="Acknowledged">The position that it says it has.</param>
internal sealed unsafe record ReplicaPlace(byte[] Host, int Port, bool IsOnline, long Acknowledged)
{
    /// <summary>A replica by the address and port that it gave; null: there is none. Any thread.</summary>
    public static ReplicaPlace? Find(Replicas replicas, byte[] host, int port)
    {
        Search search = new() { Host = host, Port = port };
        replicas.Visit(ref search, &Look);
        return search.Found;
    }

    /// <summary>A replica that gets the stream and has it up to a position; null: none has. Any thread.</summary>
    public static ReplicaPlace? FindAt(Replicas replicas, long position)
    {
        Search search = new() { Position = position };
        replicas.Visit(ref search, &Look);
        return search.Found;
    }

    private static void Look(ref Search search, Replica* replica)
    {
        ReadOnlySpan<byte> address = new(replica->Address, replica->AddressLength);
        bool isOnline = replica->State == ReplicaState.Online;
        bool fits = search.Host is null ? isOnline && replica->Acknowledged >= search.Position
            : replica->Port == search.Port && address.SequenceEqual(search.Host);
        if (fits)
        {
            search.Found ??= new ReplicaPlace(address.ToArray(), replica->Port, isOnline, replica->Acknowledged);
        }
    }

    private struct Search
    {
        public byte[]? Host;
        public int Port;
        public long Position;
        public ReplicaPlace? Found;
    }
}
