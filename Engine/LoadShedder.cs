using System.Threading;

namespace Epollsrv.Engine;

/// <summary>Past --max-buffers the connection that holds most is closed: one offender pays, not everybody. Event loop only.</summary>
internal sealed unsafe class LoadShedder(Server server, ThreadContext thread)
{
    // The last one that was closed.
    private ulong _shed;

    /// <summary>Closes the connection that holds most, unless the last one is not closed yet. To be called past the limit.</summary>
    public void Shed()
    {
        if (_shed != 0 && IsEnding(server.Connections.Slot(_shed), (uint)(_shed >> 32)))
        {
            // What the last offender holds comes back first.
            return;
        }

        long most = 0;
        ulong worst = 0;
        int used = server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            if (!server.Connections.TryGetToken(index, out ulong token))
            {
                continue;
            }

            long held = Held(index, token);
            if (held > most)
            {
                most = held;
                worst = token;
            }
        }

        // Looked at again: the last offender may have given back what it held between the first look and the look at its end above.
        if (worst != 0 && server.Buffers.IsOverLimit && server.Signals.Kill(worst))
        {
            _shed = worst;
            thread.Counters->TimedOut++;
            server.Log(4, "pending bytes of all connections passed --max-buffers; the connection that held most ("
                + most + " bytes) was closed");
        }
    }

    // As a hint: another thread may own the connection.
    private long Held(int index, ulong token)
    {
        ConnectionSlot* slot = server.Connections.At(index);
        delegate*<Server, ulong, byte*, long> kept = server.Protocols[slot->Protocol].Kept;
        return slot->Held - server.Gate.Excused(index) + ConnectionInput.Held(slot) + PostedMessage.Waiting(slot)
            + (kept == null ? 0 : kept(server, token, slot->ProtocolState));
    }

    // Whether a connection that was killed is not closed yet, or still gives back what it held.
    private static bool IsEnding(ConnectionSlot* slot, uint generation)
    {
        ulong state = Volatile.Read(ref slot->State); // pairs with ConnectionState.Close
        return ConnectionState.Generation(state) == generation
            || (!ConnectionState.IsOpen(state) && Volatile.Read(ref slot->Descriptor) >= 0); // pairs with ConnectionEnd.Close
    }
}
