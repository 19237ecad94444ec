using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Commands;

/// <summary>Everything a node is started with, checked: made by <see cref="ServeOptions"/> or by the C program's command line.</summary>
internal sealed class NodeSettings
{
    /// <summary>The engine's options, addresses included; protocols and function pointers are filled in by <see cref="Node"/>.</summary>
    public ServerOptions Engine { get; } = new();

    /// <summary>Bytes the store may take; 0: no limit.</summary>
    public long MaxMemory { get; set; }

    /// <summary>Which keys make room at the maximum.</summary>
    public EvictionPolicy Eviction { get; set; }

    /// <summary>Who may use DEBUG.</summary>
    public DebugAccess Debug { get; set; }

    /// <summary>Longest value.</summary>
    public long MaxValue { get; set; } = 64L << 20;

    /// <summary>Longest RESP request, bytes.</summary>
    public long MaxRequest { get; set; } = 1L << 30;

    /// <summary>Most arguments of a RESP request.</summary>
    public int MaxArguments { get; set; } = 1024 * 1024;

    /// <summary>Unsent messages after which a subscriber is closed.</summary>
    public long MaxSubscriberOutput { get; set; } = 32L << 20;

    /// <summary>The keyspace notifications that are on.</summary>
    public KeyEvents KeyEvents { get; set; }

    /// <summary>The folder to share; null: none.</summary>
    public string? Share { get; set; }

    /// <summary>Nanoseconds between two renewals of a registration.</summary>
    public long LeaseInterval { get; set; } = 10_000_000_000;

    /// <summary>The ring; null: a node alone.</summary>
    public RingSettings? Ring { get; set; }

    /// <summary>What HTTP accepts.</summary>
    public HttpLimits Http { get; } = new();

    /// <summary>Host names HTTP requests may be for, in lower case.</summary>
    public byte[][] AllowedHosts { get; set; } = [];

    /// <summary>Index of the first address of --admin-port; <see cref="int.MaxValue"/>: none.</summary>
    public int AdminListener { get; set; } = int.MaxValue;

    /// <summary>The password clients have to give; null: none.</summary>
    public byte[]? Password { get; set; }

    /// <summary>Whether CS is answered for everybody although there is a password.</summary>
    public bool CsOpenToAll { get; set; }

    /// <summary>The addresses CS is answered for although there is a password.</summary>
    public SocketAddress[] CsOpen { get; set; } = [];

    /// <summary>Whether the port was left to the kernel, so that the user has to be told.</summary>
    public bool PrintPort { get; set; }
}
