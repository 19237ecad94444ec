namespace Epollsrv.Engine;

/// <summary>What a connection begins with.</summary>
internal readonly struct ConnectionBeginning
{
    /// <summary>The socket.</summary>
    public required int Descriptor { get; init; }

    /// <summary>Index into the server's protocols.</summary>
    public byte Protocol { get; init; }

    /// <summary>The listener that accepted it, or <see cref="Connector.Listener"/>.</summary>
    public required byte Listener { get; init; }

    /// <summary>What its owner knows of it.</summary>
    public ConnectionFlags Flags { get; init; }
}
