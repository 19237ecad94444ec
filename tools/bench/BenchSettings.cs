using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>What a run does. Filled by <see cref="BenchOptions"/>, constant while threads run.</summary>
internal sealed class BenchSettings
{
    /// <summary>The server.</summary>
    public SocketAddress Server;

    /// <summary>What is spoken.</summary>
    public BenchProtocol Protocol { get; set; }

    /// <summary>Connections of all threads.</summary>
    public int Connections { get; set; } = 50;

    /// <summary>Threads that send and receive; never more than connections.</summary>
    public int Threads { get; set; } = 1;

    /// <summary>Requests in flight on one connection, 1 … <see cref="BenchConnection.MostInFlight"/>.</summary>
    public int Pipeline { get; set; } = 1;

    /// <summary>Different keys.</summary>
    public long Keys { get; set; } = 100_000;

    /// <summary>Bytes of a key.</summary>
    public int KeySize { get; set; } = 16;

    /// <summary>Bytes of a value.</summary>
    public int ValueSize { get; set; } = 64;

    /// <summary>Share of requests that read, in millionths.</summary>
    public int Reads { get; set; } = 900_000;

    /// <summary>The exponent of Zipf's law in millionths; 0 for uniform keys.</summary>
    public int Theta { get; set; }

    /// <summary>Nanoseconds that are measured; 0 when <see cref="Requests"/> counts.</summary>
    public long Duration { get; set; }

    /// <summary>Nanoseconds before the measurement.</summary>
    public long WarmUp { get; set; }

    /// <summary>Requests in all; 0 when <see cref="Duration"/> counts.</summary>
    public long Requests { get; set; }

    /// <summary>Requests per second that become due; 0 for the next as soon as the last was answered.</summary>
    public long Rate { get; set; }

    /// <summary>Requests after which a connection is closed and opened anew; 0 for never.</summary>
    public int Reconnect { get; set; }

    /// <summary>Nanoseconds for which the connections stay open, idle, at the end.</summary>
    public long Hold { get; set; }

    /// <summary>Nanoseconds without any answer, or to connect, after which the run is given up.</summary>
    public long Patience { get; set; } = 30_000_000_000;

    /// <summary>Every key in turn is written once instead of random reads and writes.</summary>
    public bool Sequential { get; set; }

    /// <summary>Whether the values read must be those that are written.</summary>
    public bool Verify { get; set; }

    /// <summary>Sent first where the server wants one; null for none.</summary>
    public string? Password { get; set; }

    /// <summary>A copy that fills the server with every key.</summary>
    public BenchSettings ForPreload()
    {
        BenchSettings copy = (BenchSettings)MemberwiseClone();
        copy.Connections = System.Math.Min(Connections, 8 * Threads);
        copy.Pipeline = ValueSize > 16384 ? 4 : 64;
        copy.Keys = Keys;
        copy.Requests = Keys;
        copy.Duration = 0;
        copy.WarmUp = 0;
        copy.Reads = 0;
        copy.Theta = 0;
        copy.Rate = 0;
        copy.Reconnect = 0;
        copy.Hold = 0;
        copy.Sequential = true;
        return copy;
    }
}
