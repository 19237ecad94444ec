namespace Epollsrv.Protocol;

/// <summary>What a <see cref="WrittenKey"/> was.</summary>
internal enum WriteVerb
{
    /// <summary>It got a value.</summary>
    Set,

    /// <summary>Its value became longer.</summary>
    Append,

    /// <summary>It was removed.</summary>
    Delete,
}
