using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Http;

/// <summary>/kv/KEY: the store's keys, the same as over CS and RESP. Reads are done here.</summary>
internal static unsafe class HttpKeys
{
    /// <summary>Hashing and copying more bytes than this takes long: never on the event loop.</summary>
    public const int LongValue = Server.BulkBytes;

    // Longest value that lies in its entry, and the longest head of a reply, with room to spare.
    private const int SmallReply = 24 * 1024;

    /// <summary>Runs GET, HEAD, PUT and DELETE.</summary>
    /// <returns>False: not consumed; it waits for a worker or for the end of a pause.</returns>
    public static bool Execute(ThreadContext thread, HttpThread context, in HttpRequest request, byte* body, int bodyLength)
    {
        ReadOnlySpan<byte> path = request.Path[HttpRouter.KeyOffset..];

        // The request does not move while it is run.
        byte* key = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(path));
        int keyLength = path.Length;
        if (path.Contains((byte)'%'))
        {
            key = context.Scratch;
            keyLength = HttpText.Decode(path, new Span<byte>(key, HttpThread.ScratchBytes));
            if (keyLength < 0)
            {
                ReadOnlySpan<byte> problem = "a percent sign without two hexadecimal digits in the path"u8;
                HttpReplyWriter.WriteProblem(thread, context, request, HttpRoute.KeyValue, 400, problem);
                return true;
            }
        }

        if (request.IsRead)
        {
            return Get(thread, context, request, key, keyLength);
        }

        if (request.Method == HttpMethod.Delete)
        {
            return HttpKeyWrites.Execute(thread, context, request, key, keyLength, null, 0);
        }

        return !(bodyLength > LongValue && thread.DeferLong())
            && HttpKeyWrites.Execute(thread, context, request, key, keyLength, body, bodyLength);
    }

    private static bool Get(ThreadContext thread, HttpThread context, in HttpRequest request, byte* key, int keyLength)
    {
        StoreAccess access = context.Access;
        ulong hash = access.Hash(key, keyLength);

        // Nothing below may make room by sending while the partition is locked.
        _ = thread.Output.Reserve(SmallReply);
        access.Lock(hash);
        Entry* entry = access.Keys.LookupRead(key, keyLength, hash);
        if (entry == null)
        {
            access.Unlock();
            int missing = request.Has(HttpField.IfMatch) ? 412 : 404;
            HttpReplyWriter.WriteProblem(thread, context, request, HttpRoute.KeyValue, missing, "no such key"u8);
            return true;
        }

        if (!entry->IsLarge)
        {
            byte* value = entry->ValuePointer;
            int length = (int)entry->ValueLength;
            if (BeginValue(thread, context, request, context.Http.Tags.Compute(value, length), length))
            {
                thread.Output.Write(value, length);
            }

            access.Unlock();
            return true;
        }

        if (entry->ValueLength > LongValue && thread.OnEventLoop)
        {
            access.Unlock();
            _ = thread.DeferLong();
            return false;
        }

        LargeValue* block = entry->PinValue();
        access.Unlock();
        if (BeginValue(thread, context, request, context.Http.Tags.Compute(block->Data, (int)block->Length), block->Length))
        {
            thread.WriteReference(block->Data, (nint)block->Length, (nint)block, &ReleaseBlock);
        }
        else
        {
            LargeValue.Release(block);
        }

        return true;
    }

    private static void ReleaseBlock(BufferPool pool, nint block) => LargeValue.Release((LargeValue*)block);

    // The head of a reply that gives a value; true when the value has to follow.
    private static bool BeginValue(ThreadContext thread, HttpThread context, in HttpRequest request, ulong valueHash, long length)
    {
        Span<byte> tag = stackalloc byte[HttpTag.ValueLength];
        HttpTag.Format(valueHash, tag);
        int status = HttpConditions.StatusOf(request, tag);
        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, status);
        head.Add("Cache-Control: no-cache\r\nETag: "u8);
        head.Add(tag);
        head.Add("\r\n"u8);
        context.Count(HttpRoute.KeyValue, status);
        if (status == 304)
        {
            head.EndWithoutBody();
            return false;
        }

        if (status == 412)
        {
            head.End(0);
            return false;
        }

        head.Add("Content-Type: application/octet-stream\r\n"u8);
        head.End(length);
        return request.Method != HttpMethod.Head;
    }
}
