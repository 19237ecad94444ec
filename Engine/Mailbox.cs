namespace Epollsrv.Engine;

/// <summary>Delivers what other connections posted. Owner only.</summary>
internal static unsafe class Mailbox
{
    /// <summary>Hands one message to the connection's protocol, or appends its bytes to the output; then frees it.</summary>
    public static void Deliver(Turn turn, ConnectionSlot* slot, PostedMessage* message)
    {
        BufferPool pool = turn.Server.Buffers;
        bool current = message->Generation == (uint)(turn.Token >> 32);
        delegate*<Turn, PostedMessage*, void> posted = turn.Server.Protocols[slot->Protocol].Posted;
        if (current && message->Kind == PostedMessage.Timer && !Deadlines.TakeTimer(turn, slot))
        {
            // Moved or taken back after the loop had looked.
        }
        else if (current && posted != null)
        {
            posted(turn, message);
        }
        else if (current && message->Bytes != null)
        {
            WriteShared(turn, message->Bytes, 0);
        }

        Discard(pool, message);
    }

    /// <summary>Puts shared bytes from an offset on into the output: short ones are copied, long ones referenced.</summary>
    public static void WriteShared(Turn turn, SharedBytes* bytes, int offset)
    {
        if (bytes->Length <= 4096)
        {
            turn.Write(SharedBytes.Data(bytes) + offset, bytes->Length - offset);
            return;
        }

        SharedBytes.AddReference(bytes);
        turn.WriteReference(SharedBytes.Data(bytes) + offset, bytes->Length - offset, (nint)bytes, &ReleaseShared);
    }

    /// <summary>Drops every message of a mailbox.</summary>
    public static void Clear(BufferPool pool, ConnectionSlot* slot)
    {
        PostedMessage* message = PostedMessage.TakeAll(slot);
        while (message != null)
        {
            PostedMessage* next = message->Next;
            Discard(pool, message);
            message = next;
        }
    }

    private static void Discard(BufferPool pool, PostedMessage* message)
    {
        if (message->Bytes != null)
        {
            SharedBytes.Release(pool, message->Bytes);
        }

        pool.Return((byte*)message, BufferPool.Smallest);
    }

    private static void ReleaseShared(BufferPool pool, nint owner) => SharedBytes.Release(pool, (SharedBytes*)owner);
}
