namespace Epollsrv.Protocol.Http;

/// <summary>What HTTP accepts. Set before the server runs.</summary>
internal sealed class HttpOptions
{
    private int _head = 32 * 1024;

    /// <summary>Most fields of a request.</summary>
    public const int Fields = 100;

    /// <summary>Longest request line, bytes (--max-request-line): 414 beyond. RFC 9112 §3 asks for at least 8000.</summary>
    public int Line { get; set; } = 16 * 1024;

    /// <summary>Longest head, request line included and at least that, bytes (--max-request-head): 431 beyond.</summary>
    public int Head
    {
        get => System.Math.Max(_head, Line);
        set => _head = value;
    }

    /// <summary>Longest body of a request that stores nothing, bytes: 413 beyond. Values have --max-value.</summary>
    public int OtherBody { get; set; } = 1024 * 1024;

    /// <summary>Milliseconds for a request's head, and for every further 16 KB of its body (--request-timeout): 408 beyond; 0: no
    /// limit.</summary>
    public int Timeout { get; set; } = 30_000;

    /// <summary>Host names in lower case that requests may be for (--allow-host), beside IP addresses and localhost; "*": any.</summary>
    public byte[][] AllowedHosts { get; set; } = [];
}
