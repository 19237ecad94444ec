namespace Epollsrv.Protocol.Memcached;

/// <summary>From a request to its command.</summary>
internal static unsafe class MemcachedDispatch
{
    /// <summary>Runs a request.</summary>
    /// <returns>False: it is not answered, and comes again.</returns>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        switch (request->Verb)
        {
            case MemcachedVerb.Get:
                return MemcachedRetrieval.Get(context, request, withUnique: false);
            case MemcachedVerb.GetUnique:
                return MemcachedRetrieval.Get(context, request, withUnique: true);
            case MemcachedVerb.GetAndTouch:
                return MemcachedRetrieval.GetAndTouch(context, request, withUnique: false);
            case MemcachedVerb.GetUniqueAndTouch:
                return MemcachedRetrieval.GetAndTouch(context, request, withUnique: true);
            case MemcachedVerb.MetaSet:
                return MemcachedMetaWrites.Set(context, request);
            case >= MemcachedVerb.Set and < MemcachedVerb.MetaSet:
                return MemcachedStorage.Run(context, request);
            case MemcachedVerb.MetaGet:
                return MemcachedMetaGet.Run(context, request);
            case MemcachedVerb.MetaDelete:
                return MemcachedMetaWrites.Delete(context, request);
            case MemcachedVerb.MetaArithmetic:
                return MemcachedMetaArithmetic.Run(context, request);
            case MemcachedVerb.MetaDebug:
                return MemcachedMetaDebug.Run(context, request);
            case MemcachedVerb.MetaNoOperation:
                context.Thread.Output.Write("MN\r\n"u8);
                return true;
            case MemcachedVerb.Delete:
                return MemcachedKeys.Delete(context, request);
            case MemcachedVerb.Increment or MemcachedVerb.Decrement:
                return MemcachedArithmetic.Run(context, request);
            case MemcachedVerb.Touch:
                return MemcachedKeys.Touch(context, request);
            case MemcachedVerb.Statistics:
                return MemcachedStatistics.Run(context, request);
            case MemcachedVerb.Crawler:
                return MemcachedDump.Crawl(context, request);
            default:
                return MemcachedAdministration.Run(context, request);
        }
    }
}
