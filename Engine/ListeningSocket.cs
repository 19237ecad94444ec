using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>A socket that the loop accepts connections from.</summary>
internal struct ListeningSocket
{
    /// <summary>The socket.</summary>
    public int Descriptor;

    /// <summary>The place of its address among <see cref="ServerOptions.Addresses"/>.</summary>
    public int Place;

    /// <summary>The address really bound.</summary>
    public SocketAddress Address;

    /// <summary>Whether the process was started with it: whoever opened it keeps it open when the server closes it.</summary>
    public bool IsInherited;

    /// <summary>What lies at the path of a Unix-domain socket: <see cref="Listener.RemovePath"/> wants it.</summary>
    public FileStatus File;
}
