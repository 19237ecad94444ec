using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>What a RESP connection is in the middle of. While one of
/// <see cref="Special"/> is set, commands go through the slower dispatch.</summary>
[Flags]
internal enum RespFlags : uint
{
    /// <summary>RESP2, nothing particular.</summary>
    None = 0,

    /// <summary>The connection's state was set up.</summary>
    Known = 1 << 0,

    /// <summary>Replies in RESP3.</summary>
    Version3 = 1 << 1,

    /// <summary>CLIENT NO-EVICT.</summary>
    NoEvict = 1 << 2,

    /// <summary>The reply to a wrong password is waiting for its time.</summary>
    LoginDelayed = 1 << 4,

    /// <summary>REPLCONF has said that the backup is to have no keys.</summary>
    WantsNoKeys = 1 << 6,

    /// <summary>AUTH is needed before anything else.</summary>
    NeedsPassword = 1 << 16,

    /// <summary>Between MULTI and EXEC.</summary>
    InTransaction = 1 << 17,

    /// <summary>A command could not be queued: EXEC will refuse.</summary>
    TransactionFailed = 1 << 18,

    /// <summary>Has subscriptions.</summary>
    Subscribed = 1 << 19,

    /// <summary>CLIENT REPLY OFF.</summary>
    ReplyOff = 1 << 20,

    /// <summary>CLIENT REPLY SKIP: the next command stays without a reply.</summary>
    ReplySkipNext = 1 << 21,

    /// <summary>A replica: it gets the stream of changes, and only says how far it is.</summary>
    Replica = 1 << 22,

    /// <summary>A monitor.</summary>
    Monitor = 1 << 23,

    /// <summary>CLIENT NO-TOUCH: reading does not count as using a key.</summary>
    NoTouch = 1 << 24,

    /// <summary>Is at another database than 0, which the fast dispatch takes for granted.</summary>
    OtherDatabase = 1 << 25,

    /// <summary>All that the fast dispatch does not look after.</summary>
    Special = 0xFFFF0000,
}
