using System;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>Delivers what other connections posted. Owner only.</summary>
internal static unsafe class Mailbox
{
    /// <summary>Hands all messages to the connection's protocol, and queues what it writes.</summary>
    public static void DeliverAll(ThreadContext thread, ConnectionSlot* slot)
    {
        PostedMessage* message = PostedMessage.TakeAll(slot);
        slot->Flags &= ~ConnectionFlags.Paused;
        thread.Gate.BeginRequests(ofMailbox: true);
        while (message != null)
        {
            PostedMessage* next = message->Next;
            Deliver(thread, slot, message);
            message = next;
        }

        thread.Output.QueueAll();
        if (thread.CloseRequested)
        {
            slot->Flags |= ConnectionFlags.CloseAfterFlush;
            ConnectionInput.Release(thread.Server.Buffers, slot);
        }
    }

    /// <summary>Bytes that a connection has not taken yet, of its output and of what was posted to it. Any thread; a hint.</summary>
    public static long Unsent(Server server, ulong token)
        => UnsentOutput(server, token) + PostedMessage.Waiting(server.Connections.Slot(token));

    /// <summary>
    /// Bytes of its output that a connection could have taken: not what the gate holds back, unless that is too much. Any thread; a hint.
    /// </summary>
    public static long UnsentOutput(Server server, ulong token)
    {
        long output = Volatile.Read(ref server.Connections.Slot(token)->OutputBytes); // pairs with nothing: the owner may be changing it
        return server.Gate.IsFull ? output : Math.Max(0, output - server.Gate.Excused((int)(uint)token));
    }

    /// <summary>Puts shared bytes from an offset on into the output: short ones are copied, long ones referenced.</summary>
    public static void WriteShared(ThreadContext thread, SharedBytes* bytes, int offset)
    {
        if (bytes->Length <= 4096)
        {
            thread.Output.Write(SharedBytes.Data(bytes) + offset, bytes->Length - offset);
            return;
        }

        SharedBytes.AddReference(bytes);
        thread.WriteReference(SharedBytes.Data(bytes) + offset, bytes->Length - offset, (nint)bytes, &ReleaseShared, bytes->Length);
    }

    /// <summary>Drops every message of a mailbox; it takes no more before the slot's next connection.</summary>
    public static void Close(BufferPool pool, ConnectionSlot* slot)
    {
        PostedMessage* message = PostedMessage.Close(slot);
        while (message != null)
        {
            PostedMessage* next = message->Next;
            Discard(pool, slot, message);
            message = next;
        }
    }

    /// <summary>Frees a message that was counted to a mailbox.</summary>
    public static void Discard(BufferPool pool, ConnectionSlot* slot, PostedMessage* message)
    {
        PostedMessage.Count(slot, message, add: false);
        if (message->Bytes != null)
        {
            SharedBytes.Release(pool, message->Bytes);
        }

        pool.Return((byte*)message, BufferPool.Smallest);
    }

    // Hands one message to the connection's protocol, or appends its bytes to the output; then frees it.
    private static void Deliver(ThreadContext thread, ConnectionSlot* slot, PostedMessage* message)
    {
        bool current = message->Generation == (uint)(thread.Token >> 32);
        delegate*<ThreadContext, PostedMessage*, void> posted = thread.Server.Protocols[slot->Protocol].Posted;
        thread.Gate.HoldUntil(current ? message->Position : 0);
        if (current && message->Kind == PostedMessage.Timer && !Deadlines.TakeTimer(thread, slot))
        {
            // Moved or taken back after the loop had looked.
        }
        else if (current && posted != null)
        {
            posted(thread, message);
        }
        else if (current && message->Bytes != null)
        {
            WriteShared(thread, message->Bytes, 0);
        }

        thread.Gate.EndRequests();

        Discard(thread.Server.Buffers, slot, message);
    }

    private static void ReleaseShared(BufferPool pool, nint owner) => SharedBytes.Release(pool, (SharedBytes*)owner);
}
