namespace Epollsrv.Protocol.Resp;

/// <summary>How a string stands in Redis's RDB format.</summary>
internal enum RdbStringKind
{
    /// <summary>Byte for byte.</summary>
    Plain,

    /// <summary>A number of 8, 16 or 32 bits instead of its decimal text.</summary>
    Number,

    /// <summary>Compressed with LZF.</summary>
    Compressed,
}
