using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// The memcached protocol's server part, text and meta: requests in, replies out (docs/MEMCACHED.md). Runs on whatever thread owns the
/// connection. Up to <see cref="MemcachedThread.Ahead"/> requests are looked at before the first one runs, so that the processor fetches
/// the cache lines of all their keys at the same time.
/// </summary>
internal static unsafe class MemcachedServer
{
    // Of a batch, before the clock is read.
    private const int RequestsPerLook = 64;

    // The first byte of every request of the binary protocol.
    private const byte BinaryMark = 0x80;

    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Prefetch = &Prefetch, PrefetchMore = &PrefetchMore, Posted = &Posted };

    private static int Consume(ThreadContext thread, byte* data, int length)
    {
        MemcachedThread context = MemcachedThread.Of(thread);
        MemcachedConnection* connection = (MemcachedConnection*)thread.ProtocolState;
        if (context.Common.Notifies && context.Common.PublishesMuch(thread) && thread.DeferLong())
        {
            return 0;
        }

        int consumed = connection->Flags == MemcachedFlags.Known ? 0 : Begin(context, connection, data, length);
        if (connection->Flags == MemcachedFlags.Known && !thread.ShouldStop)
        {
            consumed += Run(context, connection, data + consumed, data + length);
        }

        if (context.Common.Notifies)
        {
            context.Common.PublishEvents(thread);
        }

        return consumed;
    }

    // A connection that has not been let in. The bytes consumed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Begin(MemcachedThread context, MemcachedConnection* connection, byte* data, int length)
    {
        if (connection->Flags == MemcachedFlags.None)
        {
            if (*data == BinaryMark)
            {
                context.Thread.Counters->ProtocolErrors++;
                context.Node.LogBinary(context.Thread);

                // A reset: some clients (memjs) wait on when a connection only ends.
                context.Thread.Abort();
                return length;
            }

            connection->Flags = context.Common.Options.Password is null
                ? MemcachedFlags.Known : MemcachedFlags.Known | MemcachedFlags.NeedsPassword;
        }

        int consumed = 0;
        while ((connection->Flags & MemcachedFlags.NeedsPassword) != 0 && consumed < length && !context.Thread.ShouldStop)
        {
            if (context.Common.Options.Password is null)
            {
                // It was taken away meanwhile.
                connection->Flags = MemcachedFlags.Known;
                break;
            }

            int used = MemcachedAdmission.Answer(context, connection, data + consumed, length - consumed);
            if (used == 0)
            {
                break;
            }

            consumed += used;
        }

        return consumed;
    }

    private static int Run(MemcachedThread context, MemcachedConnection* connection, byte* data, byte* end)
    {
        ThreadContext thread = context.Thread;
        RequestGate gate = thread.Gate;
        MemcachedRequest* requests = context.Requests;
        int searched = connection->Searched;
        connection->Searched = 0;
        int sinceLook = 0;
        byte* at = data;
        while (at < end)
        {
            if (connection->Swallow > 0)
            {
                long thrown = Math.Min(connection->Swallow, end - at);
                connection->Swallow -= thrown;
                at += thrown;
                continue;
            }

            if (sinceLook >= RequestsPerLook)
            {
                sinceLook = 0;
                thread.LookAtTime();
                if (thread.ShouldStop)
                {
                    break;
                }
            }

            bool isWhole = ParseAhead(context, at, end, ref searched, out int count);
            for (int i = 0; i < count; i++)
            {
                MemcachedRequest* request = requests + i;
                if (!MemcachedDispatch.Run(context, request))
                {
                    return (int)(request->Start - data);
                }

                if (gate.IsOn)
                {
                    gate.EndRequest();
                }

                Count(context);
                at = request->End;
                connection->Swallow = request->Swallow;
                if (thread.ShouldStop)
                {
                    return (int)(at - data);
                }
            }

            sinceLook += count;
            if (!isWhole)
            {
                if (!MemcachedParser.Await(context, requests + count, end))
                {
                    thread.Counters->ProtocolErrors++;
                    thread.Output.Write("CLIENT_ERROR line too long\r\n"u8);
                    thread.CloseAfterFlush();
                }

                break;
            }
        }

        return (int)(at - data);
    }

    // Requests up to one that has not arrived whole (false), or whose value is thrown away.
    private static bool ParseAhead(MemcachedThread context, byte* at, byte* end, ref int searched, out int count)
    {
        MemcachedRequest* requests = context.Requests;
        bool isWhole = true;
        count = 0;
        while (count < MemcachedThread.Ahead && at < end)
        {
            MemcachedRequest* request = requests + count;
            isWhole = MemcachedParser.Parse(context, at, end, searched, request);
            searched = 0;
            if (!isWhole)
            {
                break;
            }

            count++;
            at = request->End;
            if (request->Swallow > 0)
            {
                break;
            }
        }

        if (count > 1)
        {
            Fetch(context.Access, requests, count);
        }

        return isWhole;
    }

    private static void Fetch(StoreAccess access, MemcachedRequest* requests, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (requests[i].Key != null)
            {
                access.Prefetch(requests[i].Hash);
            }
        }

        // The buckets are on their way; by now the first has arrived and says where its record is.
        for (int i = 0; i < count; i++)
        {
            if (requests[i].Key != null)
            {
                access.PrefetchRecords(requests[i].Hash);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(MemcachedThread context)
    {
        context.Counters->Requests++;
        context.Thread.Counters->Requests++;
    }

    // The word behind the first one: the key of the commands that come often. A wrong guess costs nothing.
    private static ulong Prefetch(ThreadContext thread, byte* data, int length)
    {
        byte* end = data + Math.Min(length, MemcachedParser.LongestKey + 8);
        byte* key = data;
        while (key < end && *key > ' ')
        {
            key++;
        }

        byte* behind = ++key;
        while (behind < end && *behind > ' ')
        {
            behind++;
        }

        if (behind <= key)
        {
            return 0;
        }

        StoreAccess access = ProtocolContext.Of(thread).Access;
        ulong hash = access.Hash(key, (int)(behind - key));
        access.Prefetch(hash);
        return hash;
    }

    private static void PrefetchMore(ThreadContext thread, ulong hash) => ProtocolContext.Of(thread).Access.PrefetchRecords(hash);

    // The timer of a wrong password, or the end of a pause: the engine then looks at the request again.
    private static void Posted(ThreadContext thread, PostedMessage* message)
    {
    }
}
