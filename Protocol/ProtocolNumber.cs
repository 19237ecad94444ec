namespace Epollsrv.Protocol;

/// <summary>The protocols' numbers in <see cref="Engine.ServerOptions.Protocols"/>
/// and <see cref="Engine.ConnectionSlot.Protocol"/>.</summary>
internal static class ProtocolNumber
{
    /// <summary>Not known yet: the first bytes are looked at.</summary>
    public const int Unknown = 0;

    /// <summary>The C program's frames.</summary>
    public const int Cs = 1;

    /// <summary>Redis's protocol, versions 2 and 3.</summary>
    public const int Resp = 2;

    /// <summary>HTTP/1.1.</summary>
    public const int Http = 3;

    /// <summary>Redis's protocol from the other side: the node is a replica, and its master speaks.</summary>
    public const int MasterLink = 4;

    /// <summary>Memcached's text protocol, on a port of its own.</summary>
    public const int Memcached = 5;

    /// <summary>How many there are.</summary>
    public const int Count = 6;
}
