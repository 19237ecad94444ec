namespace Epollsrv.Protocol.Resp;

/// <summary>What a command about expiry times did to its key.</summary>
internal enum KeyChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The time was past: the key is gone.</summary>
    Deleted,

    /// <summary>It has a new time.</summary>
    Expires,

    /// <summary>It has none any more.</summary>
    Persists,

    /// <summary>Memory is out.</summary>
    Refused,
}
