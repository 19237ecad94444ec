using System.Diagnostics;
#if CHECK_OWNERSHIP
using System;
using System.Threading;
#endif

namespace Epollsrv.Engine;

/// <content>
/// Checked builds only (`make checked`): each slot is free, idle, or one thread's; a step that does not follow from that ends the process. Calls of these
/// methods are not compiled into other builds.
/// </content>
internal sealed unsafe partial class ConnectionTable
{
    private const string Checked = "CHECK_OWNERSHIP";

#if CHECK_OWNERSHIP
    private const int Free = 0;
    private const int Idle = 1;
    private const int FirstThread = 2;

    private int* _owners;
#endif

    /// <summary>The calling thread takes an idle connection: it has taken its entry from a queue.</summary>
    [Conditional(Checked)]
    public void NoteOwned(ulong token)
    {
#if CHECK_OWNERSHIP
        Step((int)(uint)token, Idle, Me, "taken from a queue");
        ulong state = Volatile.Read(ref Slot(token)->State); // pairs with nothing: the owner alone changes what is looked at
        if (ConnectionState.Generation(state) != (uint)(token >> 32) || (state & ConnectionState.Scheduled) == 0)
        {
            Environment.FailFast("a queue entry outlived its connection: slot " + (uint)token + ", generation " + (token >> 32) + ", state " + state);
        }
#endif
    }

    /// <summary>The calling thread is about to give its connection up, or to hand it on.</summary>
    [Conditional(Checked)]
    public void NoteGivenUp(ulong token)
    {
#if CHECK_OWNERSHIP
        Step((int)(uint)token, Me, Idle, "given up");
#endif
    }

    [Conditional(Checked)]
    private void NoteTaken(int index)
    {
#if CHECK_OWNERSHIP
        Step(index, Free, Me, "taken from the free list");
#endif
    }

    [Conditional(Checked)]
    private void NoteReturned(int index)
    {
#if CHECK_OWNERSHIP
        Step(index, Me, Free, "given back");
#endif
    }

    [Conditional(Checked)]
    private void ReserveOwners()
    {
#if CHECK_OWNERSHIP
        _owners = (int*)NativeRegion.Reserve((nint)Capacity * sizeof(int));
#endif
    }

#if CHECK_OWNERSHIP
    private static int Me => FirstThread + Environment.CurrentManagedThreadId;

    private void Step(int index, int from, int to, string what)
    {
        int found = Interlocked.CompareExchange(ref _owners[index], to, from); // pairs with the same of other threads
        if (found != from)
        {
            Environment.FailFast("slot " + index + " is " + what + " by " + to + " although it is " + found + "'s and not " + from + "'s (0: free, 1: idle, else a thread)");
        }
    }
#endif
}
