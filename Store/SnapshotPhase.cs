namespace Epollsrv.Store;

/// <summary>What a store does about snapshots.</summary>
internal enum SnapshotPhase
{
    /// <summary>Nothing: every chain's parity is the present one.</summary>
    None,

    /// <summary>Chains of the other parity are saved, by the walker or before they change.</summary>
    Saving,

    /// <summary>Nothing is saved any more. The walker gives every chain the present parity, which the next snapshot relies on.</summary>
    Aborted,
}
