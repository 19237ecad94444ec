using System.Threading;

namespace Epollsrv.Engine;

/// <content>The orderly stop (engine.md §9) and giving way when buffers run out.</content>
internal sealed unsafe partial class EventLoop
{
    private const int AcceptRoundsAtStop = 16;

    private bool _stopBegun;
    private bool _cutOff;
    private long _stopDeadline;
    private ulong _shed;

    private bool StopFinished() => _stopBegun && _server.Connections.Open == 0;

    private void ContinueStop(long now)
    {
        if (!_stopBegun)
        {
            _stopDeadline = _stopDeadline == 0 ? now + (_server.Options.StopTimeout * 1_000_000L) : _stopDeadline;
            if (_server.Options.PrepareStop != null && now < _stopDeadline && !_server.Options.PrepareStop(_server))
            {
                return;
            }

            _stopBegun = true;
            AcceptWaiting();
            _server.BeginStop(now);
            _stopDeadline = now + (_server.Options.StopTimeout * 1_000_000L);
            CloseListeners();

            // READ although no event said so: requests may have come whose events this thread has not fetched yet.
            ForEachConnection(ConnectionState.Posted | ConnectionState.Read);
        }
        else if (now >= _stopDeadline)
        {
            if (!_cutOff)
            {
                _cutOff = true;
                _server.Log(4, _server.Connections.Open + " connections did not take their replies in time and are cut off");
            }

            ForEachConnection(ConnectionState.Closing);

            // A worker that hangs in a system call must not keep the process for ever.
            if (now >= _stopDeadline + (_server.Options.StopTimeout * 1_000_000L))
            {
                _server.Log(3, "a worker did not end in time, ending without it");
                Native.ProcessExit.Now(1);
            }
        }
    }

    // Connections that the kernel has made already may have sent a request; closing the listener would reset them.
    private void AcceptWaiting()
    {
        for (int i = 0; i < AcceptRoundsAtStop; i++)
        {
            for (int listener = 0; listener < _listeners.Count; listener++)
            {
                Accept(listener);
            }
        }
    }

    private void ForEachConnection(uint bits)
    {
        int used = _server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            ConnectionSlot* slot = _server.Connections.At(index);
            uint generation = ConnectionState.Generation(Volatile.Read(ref slot->State)); // pairs with ConnectionState.Close
            ulong token = ConnectionTable.Token(generation, index);
            if (slot->Descriptor >= 0 && ConnectionState.MarkReady(&slot->State, generation, bits) == ConnectionState.Mark.Schedule)
            {
                _server.Queue(token);
            }
        }

        if (_server.Options.Dispatch == DispatchPolicy.Queue)
        {
            _ = _server.Parking.Wake(int.MaxValue);
        }
    }

    // Past --max-buffers the connection that holds most is closed (engine.md §6): one offender pays, not everybody.
    private void ShedBuffers()
    {
        if (_shed != 0 && ConnectionState.Generation(Volatile.Read(ref _server.Connections.Slot(_shed)->State)) == (uint)(_shed >> 32)) // pairs with ConnectionState.Close
        {
            // The last offender's end is under way; what it holds comes back first.
            return;
        }

        long most = 0;
        ulong worst = 0;
        int used = _server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            ConnectionSlot* slot = _server.Connections.At(index);
            long held = slot->OutputBytes + ConnectionInput.Held(slot);
            if (slot->Descriptor >= 0 && held > most)
            {
                most = held;
                worst = ConnectionTable.Token(ConnectionState.Generation(Volatile.Read(ref slot->State)), index); // pairs with ConnectionState.Close
            }
        }

        if (worst != 0 && _server.Kill(worst))
        {
            _shed = worst;
            Turn.Counters->TimedOut++;
            _server.Log(4, "pending bytes of all connections passed --max-buffers; the connection that held most (" + most + " bytes) was closed");
        }
    }
}
