using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>The RESP protocol's server part: what the engine calls. Runs on whatever thread owns the connection.</summary>
internal static unsafe class RespServer
{
    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Ended = &Ended, Posted = &Posted };

    private static int Consume(Turn turn, byte* data, int length) => ProtocolContext.Of(turn).Resp.Consume(data, length);

    private static void Ended(Turn turn) => ProtocolContext.Of(turn).Resp.EndSession();

    private static void Posted(Turn turn, PostedMessage* message) => ProtocolContext.Of(turn).Resp.Receive(message);
}
