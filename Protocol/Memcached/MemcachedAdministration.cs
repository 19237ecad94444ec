using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>The commands that are about no key: flush_all, version, verbosity, cache_memlimit, shutdown, slabs, watch, quit.</summary>
internal static unsafe class MemcachedAdministration
{
    private const long MostDelay = 1L << 42; // milliseconds; nanoseconds of it do not overflow
    private const uint LeastMegabytes = 8;
    private const uint MostMegabytes = 1_000_000_000;

    /// <summary>The version that clients are told: that of the memcached whose protocol this is. Numbers alone, because some clients (npm's
    /// memcached) understand nothing behind them.</summary>
    public static ReadOnlySpan<byte> Version => "1.6.18"u8;

    /// <summary>Runs one of them.</summary>
    /// <returns>False: it waits for a worker, or for the end of a pause.</returns>
    public static bool Run(MemcachedThread context, MemcachedRequest* request)
    {
        MemcachedToken* words = context.Tokens;
        int count = MemcachedWords.Split(request->Arguments, request->LineEnd, words, MemcachedThread.MostTokens - 1);
        ReplyOutput output = context.Thread.Output;
        request->NoReply = count > 0 && words[Math.Min(count, MemcachedThread.MostTokens - 1) - 1].Is("noreply"u8);
        switch (request->Verb)
        {
            case MemcachedVerb.FlushAll:
                return FlushAll(context, request, words, count);
            case MemcachedVerb.Version:
                output.Write("VERSION "u8);
                output.Write(Version);
                output.Write("\r\n"u8);
                return true;
            case MemcachedVerb.Verbosity:
                SetVerbosity(context, request, words, count);
                return true;
            case MemcachedVerb.MemoryLimit:
                SetMemoryLimit(context, request, words, count);
                return true;
            case MemcachedVerb.Shutdown:
                context.Counters->Errors++;
                output.Write("ERROR: shutdown not enabled\r\n"u8);
                return true;
            case MemcachedVerb.Slabs when count > 1:
                context.Counters->Errors++;
                output.Write("CLIENT_ERROR slab reassignment disabled\r\n"u8);
                return true;
            case MemcachedVerb.Watch:
                MemcachedReply.Error(context, request, "CLIENT_ERROR watch commands not allowed\r\n"u8);
                return true;
            case MemcachedVerb.Quit:
                context.Thread.CloseAfterFlush();
                return true;
            default:
                if (IsForHttp(new ReadOnlySpan<byte>(request->Start, (int)(request->LineEnd - request->Start))))
                {
                    // A web page that makes a browser send HTTP to this port must not get as far as the body with its commands.
                    context.Thread.Counters->ProtocolErrors++;
                    context.Thread.CloseAfterFlush();
                    return true;
                }

                MemcachedReply.WrongWords(context);
                return true;
        }
    }

    private static bool IsForHttp(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> host = "host:"u8;
        bool isHost = line.Length >= host.Length && System.Text.Ascii.EqualsIgnoreCase(line[..host.Length], host);
        return isHost || line[(line.LastIndexOf((byte)' ') + 1)..].StartsWith("HTTP/"u8);
    }

    // flush_all [seconds] [noreply]: database 0, now or then.
    private static bool FlushAll(MemcachedThread context, MemcachedRequest* request, MemcachedToken* words, int count)
    {
        if (count > 2)
        {
            MemcachedReply.WrongWords(context);
            return true;
        }

        long delay = 0;
        if (count != (request->NoReply ? 1 : 0) && !MemcachedNumber.TryRead(words[0], out delay))
        {
            MemcachedReply.Error(context, request, "CLIENT_ERROR invalid exptime argument\r\n"u8);
            return true;
        }

        // Freeing what there was takes its time.
        if (context.Thread.DeferLong())
        {
            return false;
        }

        if (!MemcachedAvailability.AllowsWrite(context, request, needsMemory: false, out bool consumed))
        {
            return consumed;
        }

        context.Counters->Flushes++;
        long due = MemcachedTime.ToExpiry(Math.Max(delay, 0), context.Access.Now) - context.Access.Now;
        if (delay > 0 && due > 0)
        {
            context.Node.Flush.Schedule(context.Thread.Started + (Math.Min(due, MostDelay) * 1_000_000));
            context.Thread.Server.EnsureTick();
            MemcachedReply.Line(context, request, "OK\r\n"u8);
            return true;
        }

        context.Node.Flush.Schedule(0);
        if (!context.Access.TryFlush(0, new ChangeNote(ChangeName.None)))
        {
            MemcachedReply.Refusal(context, request, "out of memory"u8);
            return true;
        }

        if (context.Common.ChecksCommands)
        {
            context.Common.Show(context.Thread, WriteVerb.Flush, null, 0, null, 0);
        }

        MemcachedReply.Line(context, request, "OK\r\n"u8);
        return true;
    }

    private static void SetVerbosity(MemcachedThread context, MemcachedRequest* request, MemcachedToken* words, int count)
    {
        if (count is not (1 or 2))
        {
            MemcachedReply.WrongWords(context);
        }
        else if (!MemcachedNumber.TryRead(words[0], out uint _))
        {
            MemcachedReply.WrongFormat(context, request);
        }
        else
        {
            // The log's level is the operator's (--log-level).
            MemcachedReply.Line(context, request, "OK\r\n"u8);
        }
    }

    // cache_memlimit megabytes [noreply]: --max-memory.
    private static void SetMemoryLimit(MemcachedThread context, MemcachedRequest* request, MemcachedToken* words, int count)
    {
        if (count is not (1 or 2))
        {
            MemcachedReply.WrongWords(context);
        }
        else if (!MemcachedNumber.TryRead(words[0], out uint megabytes))
        {
            MemcachedReply.Error(context, request, "ERROR\r\n"u8);
        }
        else if (megabytes < LeastMegabytes)
        {
            MemcachedReply.Error(context, request, "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n"u8);
        }
        else if (megabytes > MostMegabytes)
        {
            MemcachedReply.Error(context, request, "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\r\n"u8);
        }
        else
        {
            context.Common.Store.MaxMemory = (long)megabytes << 20;
            context.Common.MemoryChanged(context.Thread.Server);
            MemcachedReply.Line(context, request, "OK\r\n"u8);
        }
    }
}
