namespace Epollsrv.Protocol.Resp;

/// <content>The end of connections.</content>
internal sealed unsafe partial class RespCall
{
    /// <summary>The connection the turn owns ends, and it has a session.</summary>
    public void EndSession()
    {
        Connection = (RespConnection*)Turn.ProtocolState;
        ExistingSession?.End(this);
        Node.Sessions.Free(Connection);
    }
}
