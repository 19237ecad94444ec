using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What few connections have: a name, a transaction, subscriptions. Made when first needed, ended with the connection. Owner only,
/// except for members that say otherwise.
/// </summary>
internal sealed unsafe partial class RespSession
{
    /// <summary>Makes the session of the connection a turn owns.</summary>
    public RespSession(int index, Turn turn)
    {
        Index = index;
        Token = turn.Token;
        Identifier = turn.Connection->Identifier;
    }

    /// <summary>Its place in <see cref="RespSessionTable"/>.</summary>
    public int Index { get; }

    /// <summary>The connection's token: names it for <see cref="Server.Post"/> and <see cref="Server.Kill"/>. Any thread.</summary>
    public ulong Token { get; }

    /// <summary>The connection's number. Any thread.</summary>
    public long Identifier { get; }

    /// <summary>What CLIENT SETNAME gave; empty: none. Replaced whole, so any thread may read it.</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>RESET: back to what a new connection is. The transaction, watches and subscriptions end.</summary>
    public void Reset(RespCall call)
    {
        Name = [];
        TransactionCommands.End(call);
        EndSubscriptions(call);
        EndMonitoring(call);
    }

    /// <summary>The connection ends: gives back what is outside this object (watches, subscriptions).</summary>
    public void End(RespCall call)
    {
        _transaction?.Free(call);
        EndSubscriptions(call);
        EndMonitoring(call);
    }
}
