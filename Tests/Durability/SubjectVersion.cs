namespace Epollsrv.Tests.Durability;

/// <summary>One value that a client has asked for.</summary>
internal sealed class SubjectVersion
{
    /// <summary>The value; null: the key is removed.</summary>
    public required string? Value { get; init; }

    /// <summary>When it was sent.</summary>
    public required long Sent { get; init; }

    /// <summary>When somebody was first told of it: by the reply to the write, or by one that showed it.</summary>
    public long Told { get; set; } = long.MaxValue;
}
