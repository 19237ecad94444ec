namespace Epollsrv.Protocol.Resp;

/// <summary>How often the node answered with an error of one code.</summary>
internal sealed class ErrorTally
{
    /// <summary>The error's first word.</summary>
    public byte[] Code { get; init; } = [];

    /// <summary>How often.</summary>
    public long Count { get; set; }
}
