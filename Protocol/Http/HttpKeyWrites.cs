using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Http;

/// <summary>PUT and DELETE of /kv/KEY, on conditions.</summary>
internal static unsafe class HttpKeyWrites
{
    private static ReadOnlySpan<byte> NoMemory => "no memory for this value: see --max-memory"u8;

    /// <summary>Runs PUT with a body, or DELETE without (null).</summary>
    /// <returns>False: not consumed; it waits for a worker or for the end of a pause.</returns>
    public static bool Execute(
        ThreadContext thread, HttpThread context, in HttpRequest request, byte* key, int keyLength, byte* body, int bodyLength)
    {
        StoreAccess access = context.Access;
        HttpWriteOptions options = default;
        bool put = request.Method == HttpMethod.Put;
        if (put && (request.Has(HttpField.ContentRange) || !HttpWriteOptions.TryRead(request.Query, access.Now, out options)))
        {
            return WriteProblem(thread, context, request, 400, request.Has(HttpField.ContentRange)
                ? "a value cannot be written in parts"u8
                : "allowed after the question mark: ttl=30s (ms, s, m, h), nx, xx"u8);
        }

        if (context.Common.ChecksCommands && context.Common.HoldsWrite(thread))
        {
            thread.PauseInput();
            return false;
        }

        // A long value is copied and hashed before the partition is locked.
        ulong newHash = put ? context.Http.Tags.Compute(body, bodyLength) : 0;
        LargeValue* block = null;
        if (put && Entry.IsLargeValue(keyLength, bodyLength))
        {
            block = access.Memory.AllocateLarge(bodyLength);
            if (block == null)
            {
                return WriteProblem(thread, context, request, 507, NoMemory);
            }

            Buffer.MemoryCopy(body, block->Data, bodyLength, bodyLength);
        }

        ulong hash = access.Hash(key, keyLength);
        LargeValue* pinned = null;
        int status = LockOnConditions(thread, context, request, options, key, keyLength, hash, ref pinned, out Entry* entry);
        if (status == 0)
        {
            if (!put)
            {
                status = entry == null ? 404 : 204;
                if (entry != null)
                {
                    access.Writer.Delete(entry, hash, new ChangeNote(ChangeName.Delete));
                }
            }
            else
            {
                status = entry == null ? 201 : 204;
                ChangeNote note = new(ChangeName.Set, options.Expiry > 0 ? ChangeName.Expire : ChangeName.None);
                StoreResult result = block == null
                    ? access.Writer.Put(key, keyLength, hash, body, bodyLength, note, options.Expiry)
                    : access.Writer.Put(key, keyLength, hash, block, note, options.Expiry);
                status = result == StoreResult.Ok ? status : 507;
                block = result == StoreResult.Ok ? null : block;
            }
        }

        if (status != HttpAdmission.Waiting)
        {
            access.Unlock();
            if (context.Common.ChecksCommands)
            {
                WriteVerb verb = put ? WriteVerb.Set : WriteVerb.Delete;
                context.Common.Show(thread, verb, key, keyLength, body, bodyLength, options.Expiry);
            }
        }

        if (pinned != null)
        {
            LargeValue.Release(pinned);
        }

        if (block != null)
        {
            LargeValue.Release(block);
        }

        return status switch
        {
            HttpAdmission.Waiting => false,
            404 => WriteProblem(thread, context, request, status, "no such key"u8),
            412 => WriteProblem(thread, context, request, status, "the key is not in the state that the request names"u8),
            507 => WriteProblem(thread, context, request, status, NoMemory),
            _ => WriteDone(thread, context, request, status, newHash),
        };
    }

    // Enters the key's partition and checks the conditions. 0: go on; 412; or Waiting: left again, a worker has to do it.
    private static int LockOnConditions(
        ThreadContext thread,
        HttpThread context,
        in HttpRequest request,
        in HttpWriteOptions options,
        byte* key,
        int keyLength,
        ulong hash,
        ref LargeValue* pinned,
        out Entry* entry)
    {
        StoreAccess access = context.Access;
        bool tagged = request.Has(HttpField.IfMatch) || request.Has(HttpField.IfNoneMatch);
        ulong pinnedHash = 0;
        while (true)
        {
            access.Lock(hash);
            entry = access.Keys.LookupWrite(key, keyLength, hash);
            if ((options.OnlyIfAbsent && entry != null) || (options.OnlyIfPresent && entry == null))
            {
                return 412;
            }

            if (!tagged)
            {
                return 0;
            }

            if (entry == null || !entry->IsLarge || entry->LargeBlock == pinned)
            {
                break;
            }

            // Hashed outside the lock. While it is pinned nobody changes the block, so finding it again proves the value is the same.
            if (entry->ValueLength > HttpKeys.LongValue && thread.OnEventLoop)
            {
                access.Unlock();
                _ = thread.DeferLong();
                return HttpAdmission.Waiting;
            }

            LargeValue* found = entry->PinValue();
            access.Unlock();
            if (pinned != null)
            {
                LargeValue.Release(pinned);
            }

            pinned = found;
            pinnedHash = context.Http.Tags.Compute(pinned->Data, (int)pinned->Length);
        }

        Span<byte> tag = stackalloc byte[HttpTag.ValueLength];
        if (entry != null)
        {
            HttpTag.Format(entry->IsLarge ? pinnedHash : context.Http.Tags.Compute(entry->ValuePointer, (int)entry->ValueLength), tag);
        }

        return HttpConditions.StatusOf(request, entry == null ? default : tag) == 200 ? 0 : 412;
    }

    private static bool WriteProblem(
        ThreadContext thread, HttpThread context, in HttpRequest request, int status, ReadOnlySpan<byte> problem)
    {
        HttpReplyWriter.WriteProblem(thread, context, request, HttpRoute.KeyValue, status, problem);
        return true;
    }

    private static bool WriteDone(ThreadContext thread, HttpThread context, in HttpRequest request, int status, ulong newHash)
    {
        HttpReplyHead head = HttpReplyHead.Begin(thread, context, request, status);
        if (request.Method == HttpMethod.Put)
        {
            Span<byte> tag = stackalloc byte[HttpTag.ValueLength];
            HttpTag.Format(newHash, tag);
            head.Add("ETag: "u8);
            head.Add(tag);
            head.Add("\r\n"u8);
        }

        context.Count(HttpRoute.KeyValue, status);
        if (status == 201)
        {
            head.End(0);
        }
        else
        {
            head.EndWithoutBody();
        }

        return true;
    }
}
