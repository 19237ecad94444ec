using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// A message from one connection to another: an entry of the receiver's mailbox that points to bytes shared by all receivers.
/// The mailbox is a lock-free list that any thread pushes to and the owner takes whole.
/// </summary>
internal unsafe struct PostedMessage
{
    /// <summary><see cref="Kind"/> of the wake-up that <see cref="Turn.SetTimer"/> asked for.</summary>
    public const int Timer = -1;

    /// <summary>The entry pushed before this one.</summary>
    public PostedMessage* Next;

    /// <summary>The bytes, with a reference of this entry's own; null for a bare wake-up.</summary>
    public SharedBytes* Bytes;

    /// <summary>The receiver's generation: a message for an earlier user of the slot is dropped.</summary>
    public uint Generation;

    /// <summary>Meaning is the receiving protocol's.</summary>
    public int Kind;

    /// <summary>Adds to a mailbox. Any thread.</summary>
    public static void Push(ConnectionSlot* slot, PostedMessage* message)
    {
        nint seen = Volatile.Read(ref *(nint*)&slot->Mailbox); // pairs with other pushers
        while (true)
        {
            message->Next = (PostedMessage*)seen;
            nint found = Interlocked.CompareExchange(ref *(nint*)&slot->Mailbox, (nint)message, seen); // pairs with TakeAll
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Takes the whole mailbox, oldest first. Owner only.</summary>
    public static PostedMessage* TakeAll(ConnectionSlot* slot)
    {
        PostedMessage* newest = (PostedMessage*)Interlocked.Exchange(ref *(nint*)&slot->Mailbox, 0); // pairs with Push
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
