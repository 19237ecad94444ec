namespace Epollsrv.Store;

/// <summary>One WATCH of one connection: the key's bytes (a copy) and the flag to raise when the key changes.</summary>
internal unsafe struct WatchedKey
{
    internal ulong Hash;
    internal int* Dirty;
    internal byte* Key;
    internal int KeyLength;
}
