using System;

namespace Epollsrv.Share;

/// <summary>What is downloaded, where to, and how.</summary>
internal sealed class DownloadOptions
{
    /// <summary>The name as it is shared, 1 … 255 bytes.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The name for messages.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The name that the whole file gets; null: it is written in order to <see cref="Output"/>.</summary>
    public string? Target { get; init; }

    /// <summary>Where to write in order without a <see cref="Target"/>: a pipe, a terminal, a device.</summary>
    public int Output { get; init; } = -1;

    /// <summary>The plain SHA-256 that the file must have; null: what most peers agree on.</summary>
    public byte[]? Digest { get; init; }

    /// <summary>What is verified.</summary>
    public DownloadCheck Check { get; init; }

    /// <summary>Bytes a second; 0: no limit.</summary>
    public long LimitRate { get; init; }

    /// <summary>Nanoseconds to connect, and that a peer may be silent.</summary>
    public required long Timeout { get; init; }

    /// <summary>Takes one line without a newline.</summary>
    public required Action<string> Warn { get; init; }

    /// <summary>Called ten times a second; null: never.</summary>
    public Action<Download>? Progress { get; init; }

    /// <summary>Where others ask for what is here while the download runs, "ADDRESS PORT"; null: nothing is served.</summary>
    public byte[]? Holder { get; init; }
}
