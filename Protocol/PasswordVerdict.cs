namespace Epollsrv.Protocol;

/// <summary>What <see cref="PasswordGuard"/> says of a password.</summary>
internal enum PasswordVerdict
{
    /// <summary>It is the node's.</summary>
    Right,

    /// <summary>It is not, which the client is told after a while.</summary>
    Wrong,

    /// <summary>It was not looked at: wrong ones came from this address a moment ago. Ask again.</summary>
    Later,
}
