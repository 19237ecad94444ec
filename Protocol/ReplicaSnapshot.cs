namespace Epollsrv.Protocol;

/// <summary>A snapshot that replicas get.</summary>
internal sealed class ReplicaSnapshot
{
    /// <summary>Counts snapshots, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Forty hexadecimal digits that stand before it and behind it.</summary>
    public required byte[] Mark { get; init; }

    /// <summary>The history that its position is one of.</summary>
    public required byte[] History { get; init; }

    /// <summary>The position of the stream at its point in time.</summary>
    public required long Position { get; init; }
}
