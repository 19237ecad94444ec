using System.Threading;

namespace Epollsrv.Engine;

/// <summary>Bytes in a pooled buffer that several connections send: freed with the last reference.</summary>
internal unsafe struct SharedBytes
{
    private const int HeaderBytes = 24;

    /// <summary>Most bytes of a block.</summary>
    public const int Most = (1 << 30) - HeaderBytes;

    private int _references;

    /// <summary>Bytes of the message.</summary>
    public int Length;

    private int _capacity;

    /// <summary>A block for <paramref name="length"/> bytes with one reference, the caller's; null when there is no memory.</summary>
    public static SharedBytes* TryCreate(BufferPool pool, int length)
    {
        SharedBytes* block = (SharedBytes*)pool.TryRent(HeaderBytes + length, out int capacity);
        if (block == null)
        {
            return null;
        }

        block->_references = 1;
        block->Length = length;
        block->_capacity = capacity;
        return block;
    }

    /// <summary>The first byte.</summary>
    public static byte* Data(SharedBytes* block) => (byte*)block + HeaderBytes;

    /// <summary>One reference more. The caller holds one.</summary>
    public static void AddReference(SharedBytes* block) => Interlocked.Increment(ref block->_references); // pairs with Release

    /// <summary>One reference less; the last frees the block. Any thread.</summary>
    public static void Release(BufferPool pool, SharedBytes* block)
    {
        if (Interlocked.Decrement(ref block->_references) == 0) // pairs with AddReference; the last one sees all writes
        {
            pool.Return((byte*)block, block->_capacity);
        }
    }
}
