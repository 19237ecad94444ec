namespace Epollsrv.Protocol.Memcached;

/// <summary>set, add, replace, append, prepend, cas.</summary>
internal static unsafe class MemcachedStorage
{
    /// <summary>Runs one of them, whose value has arrived or is thrown away.</summary>
    /// <returns>False: it waits for a worker, or for the end of a pause.</returns>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        if (request->Fault != MemcachedFault.None)
        {
            return Fail(context, request);
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: true, out bool consumed))
        {
            return consumed;
        }

        MemcachedOutcome outcome = MemcachedItem.Store(context, request, request->Verb);
        if (outcome != MemcachedOutcome.Deferred)
        {
            CountPrefix(context, request);
        }

        switch (outcome)
        {
            case MemcachedOutcome.Stored:
                MemcachedReply.Line(context, request, "STORED\r\n"u8);
                return true;
            case MemcachedOutcome.NotStored:
                MemcachedReply.Line(context, request, "NOT_STORED\r\n"u8);
                return true;
            case MemcachedOutcome.Exists:
                MemcachedReply.Line(context, request, "EXISTS\r\n"u8);
                return true;
            case MemcachedOutcome.NotFound:
                MemcachedReply.Line(context, request, "NOT_FOUND\r\n"u8);
                return true;
            case MemcachedOutcome.Deferred:
                return false;
            default:
                MemcachedReply.Refusal(context, request, MemcachedAvailability.NoMemory);
                return true;
        }
    }

    /// <summary>Removes a key whose new value is too large: what it has is older than what was to be stored.</summary>
    public static void DeleteStale(MemcachedThread context, MemcachedRequest* request)
    {
        Store.StoreAccess access = context.Access;
        access.Lock(request->Hash);
        bool found = access.Writer.Delete(
            request->Key, request->KeyLength, request->Hash, new Store.ChangeNote(Store.ChangeName.Delete));
        access.Unlock();
        if (found && context.Common.ChecksCommands)
        {
            context.Common.Show(context.Thread, WriteVerb.Delete, request->Key, request->KeyLength, null, 0);
        }
    }

    private static void CountPrefix(MemcachedThread context, MemcachedRequest* request)
        => context.Node.Prefixes.Count(context.Access, request->Key, request->KeyLength, MemcachedPrefixKind.Set);

    private static bool Fail(MemcachedThread context, MemcachedRequest* request)
    {
        switch (request->Fault)
        {
            case MemcachedFault.Words:
                MemcachedReply.WrongWords(context);
                return true;
            case MemcachedFault.Format:
                MemcachedReply.WrongFormat(context, request);
                return true;
            case MemcachedFault.Chunk:
                context.Counters->Sets++;
                CountPrefix(context, request);
                MemcachedReply.Error(context, request, "CLIENT_ERROR bad data chunk\r\n"u8);
                return true;
            default:
                if (request->Verb == MemcachedVerb.Set)
                {
                    if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: false, out bool consumed))
                    {
                        return consumed;
                    }

                    DeleteStale(context, request);
                }

                context.Counters->TooLarge++;
                CountPrefix(context, request);
                MemcachedReply.Error(context, request, "SERVER_ERROR object too large for cache\r\n"u8);
                return true;
        }
    }
}
