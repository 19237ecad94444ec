namespace Epollsrv.Tests.Durability;

/// <summary>What a client does with a <see cref="Subject"/>.</summary>
internal enum SubjectKind
{
    /// <summary>One key: SET, with and without a time, DEL.</summary>
    Text,

    /// <summary>One key: INCR. A record that is read back twice shows.</summary>
    Counter,

    /// <summary>Two keys with the same value: MULTI, two SETs, EXEC.</summary>
    Group,

    /// <summary>Two keys with the same value: MSET, MSETNX after a DEL of both.</summary>
    Pair,
}
