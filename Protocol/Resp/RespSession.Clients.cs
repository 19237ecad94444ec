namespace Epollsrv.Protocol.Resp;

/// <content>What CLIENT SETINFO gave.</content>
internal sealed unsafe partial class RespSession
{
    /// <summary>LIB-NAME; empty: none. Replaced whole, so any thread may read it.</summary>
    public byte[] LibraryName { get; set; } = [];

    /// <summary>LIB-VER; empty: none. Replaced whole, so any thread may read it.</summary>
    public byte[] LibraryVersion { get; set; } = [];
}
