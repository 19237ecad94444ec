namespace Epollsrv.Protocol;

/// <summary>How far FAILOVER is.</summary>
internal enum FailoverState
{
    /// <summary>None is under way.</summary>
    None,

    /// <summary>A replica is to have everything first.</summary>
    Waiting,

    /// <summary>The replica is asked to be the master.</summary>
    InProgress,
}
