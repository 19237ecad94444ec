namespace Epollsrv.Node;

/// <summary>--sandbox, in the order of its choices.</summary>
internal enum SandboxMode
{
    /// <summary>The node confines itself as far as the machine lets it.</summary>
    Auto,

    /// <summary>It does not start unless it can confine itself entirely.</summary>
    Require,

    /// <summary>It does not confine itself.</summary>
    Off,
}
