using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>TTL, PTTL, EXPIRETIME, PEXPIRETIME.</summary>
internal static unsafe class TimeToLiveCommands
{
    private const int NoKey = -2;
    private const int NoTime = -1;

    /// <summary>TTL key: seconds left, rounded; −1 no time, −2 no key.</summary>
    public static void Ttl(CommandContext call) => Reply(call, call.Now, seconds: true);

    /// <summary>PTTL key.</summary>
    public static void PTtl(CommandContext call) => Reply(call, call.Now, seconds: false);

    /// <summary>EXPIRETIME key.</summary>
    public static void ExpireTime(CommandContext call) => Reply(call, 0, seconds: true);

    /// <summary>PEXPIRETIME key.</summary>
    public static void PExpireTime(CommandContext call) => Reply(call, 0, seconds: false);

    private static void Reply(CommandContext call, long start, bool seconds)
    {
        Argument* key = call.Arguments + 1;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupReadNoTouch(key->Data, key->Length, call.Hash);
        long time = entry == null ? NoKey : entry->HasExpiry ? Math.Max(0, entry->Expiry - start) : NoTime;
        call.Access.Unlock();
        call.Reply.Integer(seconds && time > 0 ? (long)(((ulong)time + 500) / 1000) : time);
    }
}
