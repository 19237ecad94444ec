using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>The RESP protocol's server part: what the engine calls. Runs on whatever thread owns the connection.</summary>
internal static unsafe class RespServer
{
    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry =>
        new()
        {
            Consume = &Consume,
            Prefetch = &Prefetch,
            PrefetchMore = &PrefetchMore,
            Ended = &Ended,
            Posted = &Posted,
            Drained = &Drained,
            EndsLast = &IsReplica,
            Kept = &Kept,
        };

    private static int Consume(ThreadContext thread, byte* data, int length) => RespThread.Of(thread).Consume(data, length);

    private static ulong Prefetch(ThreadContext thread, byte* data, int length)
    {
        if (!TryFindKey(data, length, out byte* key, out int keyLength))
        {
            return 0;
        }

        StoreAccess access = ProtocolContext.Of(thread).Access;
        ulong hash = access.Hash(key, keyLength);
        access.Prefetch(hash);
        return hash;
    }

    private static void PrefetchMore(ThreadContext thread, ulong hash) => ProtocolContext.Of(thread).Access.PrefetchRecords(hash);

    // The second argument of the first request, a key in nearly all commands: "*2\r\n$3\r\nGET\r\n$4\r\nname\r\n". A guess that is
    // wrong costs nothing: the parser looks at everything again.
    private static bool TryFindKey(byte* data, int length, out byte* key, out int keyLength)
    {
        byte* end = data + length;
        key = data;
        keyLength = 0;
        if (ReadHeader(ref key, end, (byte)'*') < 0)
        {
            return false;
        }

        int nameLength = ReadHeader(ref key, end, (byte)'$');
        if (nameLength < 0 || nameLength > end - key - 2)
        {
            return false;
        }

        key += nameLength + 2;
        keyLength = ReadHeader(ref key, end, (byte)'$');
        return keyLength >= 0 && keyLength <= end - key;
    }

    // A mark and up to three digits, with their line end; −1 when that is not what is there.
    private static int ReadHeader(ref byte* at, byte* end, byte mark)
    {
        const int Digits = 3;
        if (end - at < Digits + 3 || *at != mark)
        {
            return -1;
        }

        int number = 0;
        byte* last = ++at + Digits;
        for (; at < last && (uint)(*at - '0') <= 9; at++)
        {
            number = (number * 10) + (*at - '0');
        }

        at += 2;
        return number;
    }

    private static long Kept(Server server, ulong token, byte* state)
    {
        RespSession* session = ProtocolContext.Part<RespThread>(server.Threads[0], ProtocolNumber.Resp)
            .Call.Resp.Sessions.At(((RespConnection*)state)->Session);
        return session == null || session->Token != token ? 0 : session->KeptBytes;
    }

    private static void Ended(ThreadContext thread) => RespThread.Of(thread).EndSession();

    private static void Drained(ThreadContext thread)
    {
        if (IsReplica(thread))
        {
            ReplicaFeeder.Drained(RespThread.Of(thread).Call);
        }
    }

    private static bool IsReplica(ThreadContext thread)
    {
        CommandContext call = RespThread.Of(thread).Call;
        call.BeginConnection();
        return (call.Connection->Flags & RespFlags.Replica) != 0;
    }

    private static void Posted(ThreadContext thread, PostedMessage* message) => RespThread.Of(thread).Call.Messages.Receive(message);
}
