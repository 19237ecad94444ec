using System;

namespace Epollsrv.Engine;

/// <summary>What the owner of a connection remembers between two turns.</summary>
[Flags]
internal enum ConnectionFlags : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>EPOLLOUT is part of the edge-triggered registration.</summary>
    OutputArmed = 1,

    /// <summary>Complete requests may lie in the input buffer: consume before receiving.</summary>
    InputPending = 2,

    /// <summary>Readable, but not read because the output limit was reached; no new edge will come.</summary>
    ReadDeferred = 4,

    /// <summary>The peer sent its last byte.</summary>
    InputEnded = 8,

    /// <summary>Close once everything is sent.</summary>
    CloseAfterFlush = 16,

    /// <summary>Sending is shut down; input is thrown away until the peer ends or the deadline passes.</summary>
    Draining = 32,

    /// <summary>The next request is long: a worker must run it.</summary>
    Long = 64,

    /// <summary>The output queue holds a file range: reading the file may block, so the loop sends only what lies in memory.</summary>
    FileOutput = 128,

    /// <summary>Counted among the connections the loop looks at for deadlines.</summary>
    HasDeadline = 256,

    /// <summary>The protocol wants to be told when the connection ends.</summary>
    HasSession = 512,

    /// <summary>The protocol stopped in the middle of the input and will say when to go on.</summary>
    Paused = 1024,

    /// <summary>The protocol asked for a wake-up at <see cref="ConnectionSlot.TimerDue"/>.</summary>
    HasTimer = 2048,

    /// <summary>No further request is looked at until the queued output is with the kernel.</summary>
    AwaitsFlush = 4096,

    /// <summary>Was sent replies while the server stops: it is ended so that they arrive even if the peer goes on sending.</summary>
    ServedWhileStopping = 8192,

    /// <summary>The input buffer ends in a <see cref="BodyInput"/>.</summary>
    HasBody = 16384,

    /// <summary>A file waits for its next moment (<see cref="Pacing"/>); the sweep over deadlines wakes it.</summary>
    Paced = 32768,
}
