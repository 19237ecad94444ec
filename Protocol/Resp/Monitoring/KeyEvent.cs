using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>One keyspace notification that waits to be published. The bytes of the key follow.</summary>
internal unsafe struct KeyEvent
{
    /// <summary>The token of the connection that knows it already; 0: none.</summary>
    public ulong Told;

    /// <summary>Bytes in the key.</summary>
    public int KeyLength;

    /// <summary>The key's database.</summary>
    public ushort Database;

    /// <summary>What happened.</summary>
    public ChangeName Name;

    /// <summary>The key's first byte.</summary>
    public static byte* Key(KeyEvent* found) => (byte*)(found + 1);
}
