namespace Epollsrv.Protocol;

/// <summary>What FAILOVER asks for.</summary>
internal struct FailoverRequest
{
    /// <summary>The address that the wanted replica gave; null: any replica.</summary>
    public byte[]? Host;

    /// <summary>The port that it gave.</summary>
    public int Port;

    /// <summary>Milliseconds after which it is given up, or done all the same; 0: never.</summary>
    public long Timeout;

    /// <summary>Whether it is done after <see cref="Timeout"/>, although the replica may not have everything.</summary>
    public bool IsForced;
}
