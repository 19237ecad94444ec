namespace Epollsrv.Tests.Durability;

/// <summary>One state of an item that a client has asked for. Times are those of <see cref="SubjectVersion"/>.</summary>
internal sealed class ItemVersion
{
    /// <summary>The value; null: the item is removed.</summary>
    public required string? Value { get; init; }

    /// <summary>The flags.</summary>
    public uint Flags { get; init; }

    /// <summary>When it was sent.</summary>
    public required long Sent { get; init; }

    /// <summary>When somebody was first told of value and flags.</summary>
    public long Told { get; set; } = long.MaxValue;

    /// <summary>The unique that somebody was told; 0: nobody was told one.</summary>
    public ulong Unique { get; set; }

    /// <summary>When somebody was first told the unique.</summary>
    public long UniqueTold { get; set; } = long.MaxValue;
}
