namespace Epollsrv.Ring;

/// <summary>What program a node runs, as far as it is known. Learned once per connection by a GET of the identity key.</summary>
internal enum PeerKind
{
    /// <summary>Not asked yet.</summary>
    Unknown,

    /// <summary>epollsrv: understands flags, withdrawals, frames sent back to back.</summary>
    Ours,

    /// <summary>The original C program: one request at a time, nothing but plain frames.</summary>
    Original,
}
