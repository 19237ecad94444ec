using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <summary>What CS goes by. Set before the server runs.</summary>
internal sealed class CsOptions
{
    /// <summary>Whether everybody may speak CS although there is a password, which few of its clients can give (--cs-open all).</summary>
    public bool OpenToAll { get; set; }

    /// <summary>The addresses that may (--cs-open ADDRESS,...); ports do not count.</summary>
    public SocketAddress[] Open { get; set; } = [];

    /// <summary>Most bytes that registrations of files take (--max-registrations).</summary>
    public long MaxRegistrations { get; set; } = 64L << 20;

    /// <summary>Nanoseconds between two renewals of a registration (--lease-interval).</summary>
    public long LeaseInterval { get; set; } = 10_000_000_000;
}
