using System;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>Hangs a shared folder on the protocols: the functions that <see cref="NodeServices"/> points to.</summary>
internal static unsafe class SharedFiles
{
    /// <summary>Serves the files of a folder. Before the node runs.</summary>
    public static void Attach(NodeServices services, SharedFolder folder)
    {
        services.Share = folder;
        services.OpenShared = &Open;
        services.ListShared = &List;
    }

    private static int Open(object share, byte* name, int length, FileStatus* status) => ((SharedFolder)share).Open(new ReadOnlySpan<byte>(name, length), out *status);

    private static int List(object share, object state, delegate*<object, byte*, int, FileStatus*, void> visit) => ((SharedFolder)share).Visit(state, visit);
}
