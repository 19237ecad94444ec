using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>The partitions of several keys of a command, locked together so that what follows is atomic. One per thread.</summary>
internal sealed unsafe class KeyLocks
{
    private const int KeptCapacity = 64 * 1024;

    private int _capacity;

    /// <summary>The hashes of the keys that <see cref="Lock"/> locked, in their order.</summary>
    public ulong* Hashes { get; private set; }

    /// <summary>
    /// Locks the partitions of so many keys, each <paramref name="step"/> arguments from the one before, in ascending order. Each key's
    /// partition is then locked and unlocked as usual. Inside EXEC all is held already. What is replied meanwhile is only sent after
    /// <see cref="Unlock"/>.
    /// </summary>
    public void Lock(CommandContext call, int first, int step, int keys)
    {
        if (keys > _capacity)
        {
            int capacity = Math.Max(64, keys);
            Hashes = (ulong*)NativeMemory.Realloc(Hashes, (nuint)capacity * sizeof(ulong));
            _capacity = capacity;
        }

        for (int i = 0; i < keys; i++)
        {
            Hashes[i] = call.HashOf(call.Arguments + first + (i * step));
        }

        if (!call.Access.InTransaction)
        {
            call.Access.LockAll(new ReadOnlySpan<ulong>(Hashes, keys));
            call.Thread.Output.HoldSending = true;
        }

        // What it changes is one for the log: the command.
        call.Access.Group.Begin(oneRecord: true);
    }

    /// <summary>Unlocks what <see cref="Lock"/> locked.</summary>
    public void Unlock(CommandContext call)
    {
        call.Access.Group.End();
        call.Events.EndGroup();
        if (!call.Access.InTransaction)
        {
            call.Access.UnlockAll();
            call.Thread.Output.HoldSending = false;
        }

        if (_capacity > KeptCapacity)
        {
            NativeMemory.Free(Hashes);
            Hashes = null;
            _capacity = 0;
        }
    }
}
