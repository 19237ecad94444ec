using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// CLIENT PAUSE: connections whose command has to wait stop reading their input and are woken by a bare message when the time has come. Any
/// thread.
/// </summary>
internal sealed unsafe class ClientPause
{
    // The tick may have been set for something else: look at least so often.
    private const int TickMilliseconds = 100;

    private readonly Lock _lock = new();
    private ulong* _waiting;
    private int _waitingCount;
    private int _waitingBytes;

    // Which pause it is, so that a connection that waits already is known by its number.
    private int _number = 1;
    private long _end;
    private bool _all;

    /// <summary>Whether somebody paused the clients and the time is not over. As the loop's last tick saw it.</summary>
    public bool IsOn => Volatile.Read(ref _end) != 0; // pairs with Begin and End

    /// <summary>Connections that wait now. Any thread.</summary>
    public int CountWaiting(Server server)
    {
        lock (_lock)
        {
            ForgetEnded(server);
            return _waitingCount;
        }
    }

    /// <summary>
    /// Pauses for so many milliseconds; a pause that is on is never made shorter or weaker (Redis: pauseClients).
    /// </summary>
    public void Begin(CommandContext call, long milliseconds, bool all)
    {
        // A time so long that it overflows is over already, as in Redis.
        long end = unchecked(Now(call.Thread) + milliseconds);
        lock (_lock)
        {
            if (!IsOn)
            {
                call.Common.CheckCommands(true);
                call.Common.Store.KeepsExpired = true;
                _all = all;
            }

            _all |= all;
            Volatile.Write(ref _end, Math.Max(Math.Max(_end, end), 1)); // pairs with IsOn and Holds
        }

        call.Thread.Server.EnsureTick();
    }

    /// <summary>Ends the pause: whoever waits goes on.</summary>
    public void End(Server server, RespCommon node)
    {
        lock (_lock)
        {
            if (IsOn)
            {
                Volatile.Write(ref _end, 0); // pairs with IsOn and Holds
                _all = false;
                node.Common.CheckCommands(false);
                node.Common.Store.KeepsExpired = false;
                for (int i = 0; i < _waitingCount; i++)
                {
                    _ = server.Signals.Post(_waiting[i], null, 0);
                }

                _number++;
                _waitingCount = 0;
                if (_waiting != null)
                {
                    server.Buffers.Return((byte*)_waiting, _waitingBytes);
                    _waiting = null;
                    _waitingBytes = 0;
                }
            }
        }
    }

    /// <summary>The loop's part: ends the pause when its time has come.</summary>
    /// <returns>Milliseconds until the next look; 0: none is needed.</returns>
    public int Tick(Server server, RespCommon node)
    {
        long end = Volatile.Read(ref _end); // pairs with Begin
        if (end == 0)
        {
            return 0;
        }

        long left = end - (Clock.Monotonic() / 1_000_000);
        if (left <= 0)
        {
            End(server, node);
            return 0;
        }

        return (int)Math.Min(left, TickMilliseconds);
    }

    /// <summary>Whether the present command of a call has to wait; then its connection is among those that are woken.</summary>
    public bool Holds(CommandContext call, Command* command) => IsOn
        && Holds(call.Thread, IsWrite(call, command), &call.Connection->HeldIn);

    /// <summary>Whether a write of a connection that does not speak RESP has
    /// to wait; then its connection is among those that are woken.</summary>
    public bool HoldsWrite(ThreadContext thread) => IsOn && Holds(thread, isWrite: true, null);

    // heldIn: the pause in which the connection waits already, where that is known.
    private bool Holds(ThreadContext thread, bool isWrite, int* heldIn)
    {
        lock (_lock)
        {
            // Looked at again under the lock: whoever ends the pause wakes those that were added before.
            if (!IsOn || Now(thread) >= _end || !(_all || isWrite))
            {
                return false;
            }

            if (heldIn != null ? *heldIn != _number : !new ReadOnlySpan<ulong>(_waiting, _waitingCount).Contains(thread.Token))
            {
                Add(thread);
                if (heldIn != null)
                {
                    *heldIn = _number;
                }
            }

            return true;
        }
    }

    private void Add(ThreadContext thread)
    {
        if ((_waitingCount + 1) * sizeof(ulong) > _waitingBytes)
        {
            MakeRoom(thread.Server);
        }

        _waiting[_waitingCount++] = thread.Token;
    }

    // Connections that ended while they waited give way first.
    private void MakeRoom(Server server)
    {
        ForgetEnded(server);
        if (_waiting == null)
        {
            _waiting = (ulong*)server.Buffers.Rent(BufferPool.Smallest, out _waitingBytes);
        }
        else if (_waitingCount * sizeof(ulong) > _waitingBytes / 2)
        {
            _waiting = (ulong*)server.Buffers.Grow((byte*)_waiting, _waitingCount * sizeof(ulong), ref _waitingBytes, 2 * _waitingBytes);
        }
    }

    private void ForgetEnded(Server server)
    {
        int kept = 0;
        for (int i = 0; i < _waitingCount; i++)
        {
            ulong state = Volatile.Read(ref server.Connections.Slot(_waiting[i])->State); // pairs with ConnectionState.Close
            if (ConnectionState.Generation(state) == (uint)(_waiting[i] >> 32))
            {
                _waiting[kept++] = _waiting[i];
            }
        }

        _waitingCount = kept;
    }

    private static long Now(ThreadContext thread) => thread.Started / 1_000_000;

    private static bool IsWrite(CommandContext call, Command* command)
    {
        CommandFlags flags = command->Flags;
        if (command->Name.SequenceEqual("exec"u8) && call.ExistingSession != null)
        {
            flags |= call.ExistingSession->Transaction.Flags;
        }

        return (flags & (CommandFlags.Write | CommandFlags.PausedAsWrite)) != 0;
    }
}
