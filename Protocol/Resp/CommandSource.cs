namespace Epollsrv.Protocol.Resp;

/// <summary>Where a command comes from.</summary>
internal enum CommandSource
{
    /// <summary>A connection.</summary>
    Client,

    /// <summary>A file that is read back at start. Nobody is told of it.</summary>
    Loader,

    /// <summary>The stream of the node that this one is a replica of.</summary>
    Master,
}
