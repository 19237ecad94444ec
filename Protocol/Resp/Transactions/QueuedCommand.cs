using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A command that waits for EXEC: this header, its arguments, and their bytes, in one pooled buffer that counts against
/// --max-buffers.
/// </summary>
internal unsafe struct QueuedCommand
{
    /// <summary>The next.</summary>
    public QueuedCommand* Next;

    /// <summary>What it is.</summary>
    public Command* Command;

    /// <summary>How many arguments it has.</summary>
    public int Count;

    /// <summary>Bytes of the buffer.</summary>
    public int Capacity;

    /// <summary>The arguments.</summary>
    public static Argument* Arguments(QueuedCommand* queued) => (Argument*)(queued + 1);

    /// <summary>Bytes needed to keep these arguments.</summary>
    public static long SizeFor(Argument* arguments, int count)
    {
        long size = sizeof(QueuedCommand) + ((long)count * sizeof(Argument));
        for (int i = 0; i < count; i++)
        {
            size += arguments[i].Length;
        }

        return size;
    }

    /// <summary>Copies a command with its arguments; <paramref name="size"/>
    /// is from <see cref="SizeFor"/>. Null when there is no memory.</summary>
    public static QueuedCommand* TryCreate(BufferPool pool, int size, Command* command, Argument* arguments, int count)
    {
        QueuedCommand* queued = (QueuedCommand*)pool.TryRent(size, out int capacity);
        if (queued == null)
        {
            return null;
        }

        queued->Next = null;
        queued->Command = command;
        queued->Count = count;
        queued->Capacity = capacity;
        Argument* kept = Arguments(queued);
        byte* data = (byte*)(kept + count);
        for (int i = 0; i < count; i++)
        {
            kept[i].Data = data;
            kept[i].Length = arguments[i].Length;
            arguments[i].Span.CopyTo(new System.Span<byte>(data, arguments[i].Length));
            data += arguments[i].Length;
        }

        return queued;
    }
}
