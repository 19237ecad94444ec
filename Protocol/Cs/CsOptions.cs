using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <summary>What CS goes by. What may change while the server runs says so; the rest is set before.</summary>
internal sealed class CsOptions
{
    private uint _ringFingerprint;

    /// <summary>What the node tells other nodes, so that they see whether they have the same list of nodes; 0: it is in no ring. May
    /// change. Any thread.</summary>
    public uint RingFingerprint
    {
        get => Volatile.Read(ref _ringFingerprint); // pairs with the set
        set => Volatile.Write(ref _ringFingerprint, value);
    }

    /// <summary>Whether everybody may speak CS although there is a password, which few of its clients can give (--cs-open all).</summary>
    public bool OpenToAll { get; set; }

    /// <summary>The addresses that may (--cs-open ADDRESS,...); ports do not count.</summary>
    public SocketAddress[] Open { get; set; } = [];

    /// <summary>Most bytes that registrations of files take (--max-registrations).</summary>
    public long MaxRegistrations { get; set; } = 64L << 20;

    /// <summary>Nanoseconds between two renewals of a registration (--lease-interval).</summary>
    public long LeaseInterval { get; set; } = 10_000_000_000;
}
