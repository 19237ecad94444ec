namespace Epollsrv.Protocol.Resp;

/// <summary>What a part of a BITFIELD does.</summary>
internal enum BitFieldKind
{
    /// <summary>Replies the field.</summary>
    Get,

    /// <summary>Replies the field and sets it.</summary>
    Set,

    /// <summary>Adds to the field and replies it.</summary>
    Increment,
}
