namespace Epollsrv.Protocol.Resp;

/// <summary>Who may use DEBUG (--enable-debug-command).</summary>
internal enum DebugAccess
{
    /// <summary>Nobody.</summary>
    No,

    /// <summary>Everybody.</summary>
    Yes,

    /// <summary>Connections from this machine.</summary>
    Local,
}
