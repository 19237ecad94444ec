namespace Epollsrv.Ring;

/// <summary>What is asked of a node next, on the way of an operation.</summary>
internal enum RingStep
{
    /// <summary>It depends on what the node is.</summary>
    Start,

    /// <summary>A GET.</summary>
    Get,

    /// <summary>A DELETE.</summary>
    Delete,

    /// <summary>A PUT.</summary>
    Put,

    /// <summary>Other holders are put back on a C node, which a withdrawal has emptied.</summary>
    PutRest,

    /// <summary>Which of the holders that a replica knows are leases.</summary>
    Leases,

    /// <summary>What the replica knows is put back on a restarted owner.</summary>
    Repair,
}
