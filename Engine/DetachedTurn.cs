using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// A turn for work that has no connection: what is written is thrown away, and nothing is handed to a worker. Its memory lives as long as
/// the process.
/// </summary>
internal static unsafe class DetachedTurn
{
    /// <summary>Makes one.</summary>
    public static Turn Create(Server server)
    {
        ConnectionSlot* slot = (ConnectionSlot*)NativeRegion.Reserve(ConnectionSlot.Size);
        slot->Descriptor = -1;
        Turn turn = new(server, -1, onEventLoop: false);
        turn.Begin(slot, 0);
        turn.Output.Mute();
        Restart(turn);
        return turn;
    }

    /// <summary>Begins another job.</summary>
    public static void Restart(Turn turn)
    {
        turn.Started = Clock.Monotonic();
        turn.BeginBatch();
    }
}
