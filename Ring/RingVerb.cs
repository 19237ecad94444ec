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

    /// <summary>
    /// Reads who has a file, whole or in part, one holder a line (<see cref="Ring.Holders.Parse(System.ReadOnlySpan{byte}, out bool[])"/>):
    /// from the owner, and from the replica when the owner knows none that has all of it. From a C node the plain list.
    /// </summary>
    Holders,

    /// <summary>Registers a holder of a part of a file on owner and replica,
    /// always as a lease; never on a C node. Names up to 246 bytes.</summary>
    RegisterPartial,

    /// <summary>Takes such a registration back.</summary>
    WithdrawPartial,

    /// <summary>Lists the files that are registered at one node, those behind a
    /// name (the value): NotFound after the last. Never at a C node.</summary>
    Files,

    /// <summary>Renews all leases of a holder (the value; no key) on one node:
    /// NotFound when it knows the holder no more. Never on a C node.</summary>
    RenewLease,
}
