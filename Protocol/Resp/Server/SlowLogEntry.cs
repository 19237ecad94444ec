namespace Epollsrv.Protocol.Resp;

/// <summary>A command that took long.</summary>
internal sealed class SlowLogEntry
{
    /// <summary>Its number, from 0, never used twice.</summary>
    public long Identifier { get; set; }

    /// <summary>Seconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>How long it took.</summary>
    public long Microseconds { get; init; }

    /// <summary>The request, cut.</summary>
    public byte[][] Arguments { get; init; } = [];

    /// <summary>Who sent it.</summary>
    public byte[] Address { get; init; } = [];

    /// <summary>What CLIENT SETNAME gave.</summary>
    public byte[] Name { get; init; } = [];
}
