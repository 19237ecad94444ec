namespace Epollsrv.Ring;

/// <summary>What an operation of the ring does.</summary>
internal enum RingVerb
{
    /// <summary>Reads a value: from the owner, else from the replica.</summary>
    Get,

    /// <summary>The protocol's raw PUT on owner and replica: creates the key or appends.</summary>
    Append,

    /// <summary>Makes the value the key's only content on owner and replica.</summary>
    Replace,

    /// <summary>Removes the key from owner and replica.</summary>
    Delete,

    /// <summary>Adds a holder to the key's list on owner and replica; never twice, on a C node either.</summary>
    Register,

    /// <summary>Takes a holder out of the key's list on owner and replica; the last one removes the key.</summary>
    Withdraw,

    /// <summary>Asks one node what it is.</summary>
    Identify,
}
