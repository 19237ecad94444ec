using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Http;

/// <summary>What all HTTP connections of a node share. Made before the threads start.</summary>
internal sealed unsafe class HttpCommon(ProtocolCommon common, HttpOptions options)
{
    public ProtocolCommon Common { get; } = common;

    public HttpOptions Options { get; } = options;

    /// <summary>
    /// The keyed hash of entity tags. Not the store's: clients choose values and see their tags, and so would learn which keys fall into
    /// one bucket.
    /// </summary>
    public KeyHash Tags { get; } = new(RandomBytes.Next(), RandomBytes.Next());

    /// <summary>Writes /metrics, about all protocols. Workers only. Set by Node.</summary>
    public delegate*<ByteBuilder, Server, void> WriteMetrics { get; set; }

    /// <summary>Writes /status.json at a time (Unix milliseconds), with the shared files or without. Workers only. Set by Node.</summary>
    public delegate*<ByteBuilder, Server, long, bool, void> WriteStatus { get; set; }

    /// <summary>Writes /history.json from an interval on. Workers only. Set by Node.</summary>
    public delegate*<ByteBuilder, Server, long, void> WriteHistory { get; set; }
}
