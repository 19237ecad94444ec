namespace Epollsrv.Store;

/// <summary>An entry of a chain that is being taken apart, with the hash of its key.</summary>
internal unsafe struct GatheredEntry
{
    /// <summary>The record.</summary>
    internal Entry* Entry;

    /// <summary>The hash of its key.</summary>
    internal ulong Hash;
}
