using System;
using System.Diagnostics;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// The owners of slots in the checked build (`make checked`): each slot is free, idle, or one thread's, and a step that does not follow
/// from that ends the process. Calls of these methods are not compiled into other builds. Any thread.
/// </summary>
internal sealed unsafe class SlotOwners
{
    private const string Checked = "CHECK_OWNERSHIP";
    private const int Free = 0;
    private const int Idle = 1;
    private const int FirstThread = 2;

    private int* _owners;

    private static int Me => FirstThread + Environment.CurrentManagedThreadId;

    /// <summary>All of so many slots are free.</summary>
    [Conditional(Checked)]
    public void Reserve(int capacity) => _owners = (int*)NativeRegion.Reserve((nint)capacity * sizeof(int));

    /// <summary>The calling thread takes an idle connection: it has taken its entry from a queue.</summary>
    [Conditional(Checked)]
    public void NoteOwned(ulong token, ConnectionSlot* slot)
    {
        Step((int)(uint)token, Idle, Me, "taken from a queue");
        ulong state = Volatile.Read(ref slot->State); // pairs with nothing: the owner alone changes what is looked at
        if (ConnectionState.Generation(state) != (uint)(token >> 32) || (state & ConnectionState.Scheduled) == 0)
        {
            Environment.FailFast("a queue entry outlived its connection: slot " + (uint)token
                + ", generation " + (token >> 32) + ", state " + state);
        }
    }

    /// <summary>The calling thread is about to give its connection up, or to hand it on.</summary>
    [Conditional(Checked)]
    public void NoteGivenUp(ulong token) => Step((int)(uint)token, Me, Idle, "given up");

    /// <summary>The calling thread has taken a slot from the free list.</summary>
    [Conditional(Checked)]
    public void NoteTaken(int index) => Step(index, Free, Me, "taken from the free list");

    /// <summary>The calling thread gives its slot back.</summary>
    [Conditional(Checked)]
    public void NoteReturned(int index) => Step(index, Me, Free, "given back");

    private void Step(int index, int from, int to, string what)
    {
        int found = Interlocked.CompareExchange(ref _owners[index], to, from); // pairs with the same of other threads
        if (found != from)
        {
            Environment.FailFast("slot " + index + " is " + what + " by " + to + " although it is " + found + "'s and not "
                + from + "'s (0: free, 1: idle, else a thread)");
        }
    }
}
