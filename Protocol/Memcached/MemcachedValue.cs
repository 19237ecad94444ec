using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>Values on their way from a request into the store.</summary>
internal static unsafe class MemcachedValue
{
    // Copying more bytes than this takes long.
    private const int LongValue = 64 * 1024;

    /// <summary>
    /// Whether storing a request's value takes long, because it has to be copied or is so long that freeing the old one does.
    /// </summary>
    public static bool IsLong(MemcachedThread context, MemcachedRequest* request)
        => request->ValueLength > (request->Value == context.Thread.Body.Data ? Server.LongBodyBytes : LongValue);

    /// <summary>
    /// Makes ready what can be made ready outside the lock: a large value gets a block of its own, the one that it was received into if
    /// there is one.
    /// </summary>
    /// <param name="context">The thread's part.</param>
    /// <param name="request">Has the value.</param>
    /// <param name="block">Receives the block; null: the value will lie in its entry.</param>
    /// <returns>False: there is no memory for it.</returns>
    public static bool TryPrepare(MemcachedThread context, MemcachedRequest* request, out LargeValue* block)
    {
        int length = request->ValueLength;
        block = null;
        if (!Entry.IsLargeValue(request->KeyLength, length))
        {
            return true;
        }

        StoreMemory memory = context.Access.Memory;
        if (request->Value == context.Thread.Body.Data)
        {
            LargeValue* received = LargeValue.OfData(request->Value);
            if (!memory.TryAdopt(received, length))
            {
                return false;
            }

            context.Thread.Body.Take(context.Thread.Connection);
            block = received;
            return true;
        }

        block = memory.AllocateLarge(length);
        if (block == null)
        {
            return false;
        }

        Buffer.MemoryCopy(request->Value, block->Data, length, length);
        return true;
    }
}
