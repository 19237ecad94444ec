namespace Epollsrv.Store;

/// <summary>One WATCH of one connection: the flag to raise when the key changes. A copy of the key's bytes follows the structure.</summary>
internal unsafe struct WatchedKey
{
    /// <summary>The next in the chain of the key's hash.</summary>
    internal WatchedKey* Next;

    /// <summary>The next in the chain of the flag's address.</summary>
    internal WatchedKey* NextOfOwner;

    internal ulong Hash;
    internal int Database;
    internal int* Dirty;
    internal int KeyLength;

    /// <summary>The key.</summary>
    internal static byte* Key(WatchedKey* watched) => (byte*)(watched + 1);
}
