using System;

using Epollsrv.Journal;
using Epollsrv.Store;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>The bytes of a block of records, in one piece.</summary>
internal static unsafe class RecordBytes
{
    /// <summary>Takes the block over: a pinned value is released.</summary>
    public static byte[] Of(RecordBlock* block)
    {
        ReadOnlySpan<byte> bytes = new(block->Data, (int)block->Length);
        if (block->Value == null)
        {
            return bytes.ToArray();
        }

        byte[] whole = [.. bytes[..(int)block->HeadLength], .. block->Value->Span, .. bytes[(int)block->HeadLength..]];
        LargeValue.Release(block->Value);
        return whole;
    }
}
