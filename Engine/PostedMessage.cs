using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// A message from one connection to another: an entry of the receiver's mailbox that points to bytes shared by all receivers.
/// The mailbox is a lock-free list that any thread pushes to and the owner takes whole.
/// </summary>
internal unsafe struct PostedMessage
{
    /// <summary><see cref="Kind"/> of the wake-up that <see cref="Deadlines.SetTimer"/> asked for.</summary>
    public const int Timer = -1;

    /// <summary><see cref="Kind"/> of the first message of a connection that <see cref="Connector"/> makes.</summary>
    public const int Opened = -2;

    /// <summary>The entry pushed before this one.</summary>
    public PostedMessage* Next;

    /// <summary>The bytes, with a reference of this entry's own; null for a bare wake-up.</summary>
    public SharedBytes* Bytes;

    /// <summary>The receiver's generation: a message for an earlier user of the slot is dropped.</summary>
    public uint Generation;

    /// <summary>Meaning is the receiving protocol's.</summary>
    public int Kind;

    /// <summary>The position of the log before which the receiver's peer must not see it; 0: none.</summary>
    public long Position;

    // In the mailbox of a closed slot.
    private const nint Closed = 1;

    /// <summary>Bytes in which <see cref="ConnectionSlot.Posted"/> counts: what the smallest message takes.</summary>
    public const int Unit = BufferPool.Smallest;

    /// <summary>Counts a message to a mailbox, with all its bytes whoever else has a reference to them; or no more. Any thread.</summary>
    public static void Count(ConnectionSlot* slot, PostedMessage* message, bool add)
    {
        uint units = 1 + (message->Bytes == null ? 0 : ((uint)message->Bytes->Length + Unit - 1) / Unit);
        Interlocked.Add(ref slot->Posted, add ? units : 0 - units); // pairs with Waiting
    }

    /// <summary>Bytes that lie in a mailbox. Any thread.</summary>
    public static long Waiting(ConnectionSlot* slot) => (long)Volatile.Read(ref slot->Posted) * Unit; // pairs with Count

    /// <summary>Adds to a mailbox. Any thread.</summary>
    /// <returns>False when the connection has ended: the message is still the caller's.</returns>
    public static bool Push(ConnectionSlot* slot, PostedMessage* message)
    {
        nint seen = Volatile.Read(ref *(nint*)&slot->Mailbox); // pairs with other pushers and Close
        while (true)
        {
            if (seen == Closed)
            {
                return false;
            }

            message->Next = (PostedMessage*)seen;
            nint found = Interlocked.CompareExchange(ref *(nint*)&slot->Mailbox, (nint)message, seen); // pairs with TakeAll
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }
    }

    /// <summary>Takes the whole mailbox, oldest first. Owner only.</summary>
    public static PostedMessage* TakeAll(ConnectionSlot* slot)
        => Reverse(Interlocked.Exchange(ref *(nint*)&slot->Mailbox, 0)); // pairs with Push

    /// <summary>The same, and nothing can be pushed any more. Only the owner that has closed the connection.</summary>
    public static PostedMessage* Close(ConnectionSlot* slot)
        => Reverse(Interlocked.Exchange(ref *(nint*)&slot->Mailbox, Closed)); // pairs with Push

    private static PostedMessage* Reverse(nint taken)
    {
        PostedMessage* newest = (PostedMessage*)taken;
        PostedMessage* oldest = null;
        while (newest != null)
        {
            PostedMessage* next = newest->Next;
            newest->Next = oldest;
            oldest = newest;
            newest = next;
        }

        return oldest;
    }
}
