using Epollsrv.Native;


namespace Epollsrv.Journal;

/// <summary>Where and how a file of the log is damaged.</summary>
internal sealed class LogDamage
{
    /// <summary>What it is.</summary>
    public required DamageKind Kind { get; init; }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>What was found, as the end of a sentence.</summary>
    public required string Problem { get; init; }

    /// <summary>Where it was found.</summary>
    public required long FoundAt { get; init; }

    /// <summary>Up to here the file is good: in front of the block, record or group that is damaged.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes from <see cref="Offset"/> to the end of the file.</summary>
    public required long Length { get; init; }

    /// <summary>Position in the log of <see cref="Offset"/>; −1: not known.</summary>
    public required long Position { get; init; }

    /// <summary>Whether there are whole blocks behind the damaged place that the disk had as little as that place itself when they were
    /// written: a power cut has left the one and not the other.</summary>
    public bool HasLostBlocks { get; init; }

    /// <summary>Whether this is what a crash or a power cut leaves: the end of the file may be cut off.</summary>
    public bool IsTail => Kind is DamageKind.CutShort or DamageKind.UnreadableTail;

    /// <summary>One line for people: file, offsets, what is wrong.</summary>
    public string Text => Path + ": " + Problem
        + " (at offset " + Numbers.ToText(FoundAt) + "); good up to offset " + Numbers.ToText(Offset)
        + ", then " + Numbers.ToText(Length) + " bytes"
        + Kind switch
        {
            DamageKind.CutShort or DamageKind.UnreadableTail when HasLostBlocks =>
                " up to the end of the file, with whole blocks among them."
                + " None of them was known to be on the disk, and a power cut can leave them like this",
            DamageKind.CutShort => ": the last write is not complete",
            DamageKind.UnreadableTail => " up to the end of the file, of which nothing can be read",
            DamageKind.Middle => ", some of which are good records",
            _ => string.Empty,
        };
}
