using System.Threading;

namespace Epollsrv.Engine;

/// <content>The orderly stop and giving way when buffers run out.</content>
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
            _stopDeadline = _stopDeadline == 0 ? now + (_server.Options.DrainTimeout * 1_000_000L) : _stopDeadline;
            if (_server.Options.PrepareStop != null && now < _stopDeadline && !_server.Options.PrepareStop(_server))
            {
                return;
            }

            _stopBegun = true;
            AcceptWaiting();
            _server.BeginStop(now);
            _stopDeadline = now + (_server.Options.DrainTimeout * 1_000_000L);
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
            if (now >= _stopDeadline + (_server.Options.DrainTimeout * 1_000_000L))
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
            for (int listener = 0; listener < _listening; listener++)
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
            if (_server.Connections.TryGetToken(index, out ulong token)
                && ConnectionState.MarkReady(&_server.Connections.At(index)->State, (uint)(token >> 32), bits) == ConnectionState.Mark.Schedule)
            {
                _server.Queue(token);
            }
        }

        if (_server.Options.Dispatch == DispatchPolicy.Queue)
        {
            _ = _server.Parking.Wake(int.MaxValue);
        }
    }

    // Past --max-buffers the connection that holds most is closed: one offender pays, not everybody.
    private void ShedBuffers()
    {
        if (_shed != 0 && IsEnding(_server.Connections.Slot(_shed), (uint)(_shed >> 32)))
        {
            // What the last offender holds comes back first.
            return;
        }

        long most = 0;
        ulong worst = 0;
        int used = _server.Connections.Used;
        for (int index = 0; index < used; index++)
        {
            ConnectionSlot* slot = _server.Connections.At(index);
            if (!_server.Connections.TryGetToken(index, out ulong token))
            {
                continue;
            }

            delegate*<Server, ulong, byte*, long> kept = _server.Protocols[slot->Protocol].Kept;
            long held = slot->Held - _server.Gate.Excused(index) + ConnectionInput.Held(slot) + PostedMessage.Waiting(slot) + (kept == null ? 0 : kept(_server, token, slot->ProtocolState));
            if (held > most)
            {
                most = held;
                worst = token;
            }
        }

        // Looked at again: the last offender may have given back what it held between the first look and the look at its end above.
        if (worst != 0 && _server.Buffers.IsOverLimit && _server.Kill(worst))
        {
            _shed = worst;
            Turn.Counters->TimedOut++;
            _server.Log(4, "pending bytes of all connections passed --max-buffers; the connection that held most (" + most + " bytes) was closed");
        }
    }

    // Whether a connection that was killed is not closed yet, or still gives back what it held.
    private static bool IsEnding(ConnectionSlot* slot, uint generation)
    {
        ulong state = Volatile.Read(ref slot->State); // pairs with ConnectionState.Close
        return ConnectionState.Generation(state) == generation
            || (!ConnectionState.IsOpen(state) && Volatile.Read(ref slot->Descriptor) >= 0); // pairs with ConnectionEnd.Close
    }
}
