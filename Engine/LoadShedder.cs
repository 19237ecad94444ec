using System.Threading;

namespace Epollsrv.Engine;

/// <summary>Past --max-buffers the connection that holds most is closed: one offender pays, not everybody. Event loop only.</summary>
internal sealed unsafe class LoadShedder(Server server, ThreadContext thread)
{
    // The last one that was closed.
    private ulong _shed;

    /// <summary>Closes the connection that holds most, unless one that is being closed already holds more. To be called past the limit.
    /// </summary>
    public void Shed()
    {
        if (_shed != 0 && ConnectionState.Generation(Volatile.Read(ref server.Connections.Slot(_shed)->State)) == (uint)(_shed >> 32))
        {
            // The last offender is not closed yet: what it holds comes back first. The read pairs with ConnectionState.Close.
            return;
        }

        long most = 0;
        ulong worst = 0;
        int used = server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            bool isOpen = server.Connections.TryGetToken(index, out ulong token);
            if (!isOpen && Volatile.Read(ref server.Connections.At(index)->Descriptor) < 0) // pairs with ConnectionEnd.Close
            {
                continue;
            }

            long held = Held(index, token);
            if (held > most)
            {
                // One that is being closed gives back what it holds.
                most = held;
                worst = isOpen ? token : 0;
            }
        }

        // Looked at again, after what each holds: who was being closed may have given it back before it was read.
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
}
