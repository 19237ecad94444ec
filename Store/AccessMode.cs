namespace Epollsrv.Store;

/// <summary>What an access does about keys whose time has passed, and about memory that is short.</summary>
public enum AccessMode
{
    /// <summary>A look-up removes such a key. Keys are evicted to make room.</summary>
    Normal,

    /// <summary>
    /// A loader's, or a master's stream: what is to go is told. Such a key is seen as alive,
    /// nothing expires or is evicted by itself, and the memory maximum stops no write.
    /// </summary>
    Told,

    /// <summary>A client's of a replica: such a key is seen as missing and stays until
    /// the master says that it goes. A write puts a new value in its place.</summary>
    ReplicaClient,
}
