namespace Epollsrv.Protocol.Resp;

/// <summary>What a command is about, as COMMAND DOCS says it; with the flags it also gives the ACL categories.</summary>
internal enum CommandGroup : byte
{
    /// <summary>Keys of any type.</summary>
    Generic,

    /// <summary>Strings.</summary>
    String,

    /// <summary>Strings as arrays of bits.</summary>
    Bitmap,

    /// <summary>The connection itself.</summary>
    Connection,

    /// <summary>The server.</summary>
    Server,

    /// <summary>Publishing and subscribing.</summary>
    PubSub,

    /// <summary>MULTI and EXEC.</summary>
    Transactions,

    /// <summary>Scripts and functions.</summary>
    Scripting,

    /// <summary>Redis Cluster.</summary>
    Cluster,
}
