namespace Epollsrv.Protocol.Resp;

/// <summary>The types of connections that CLIENT LIST and CLIENT KILL know.</summary>
internal enum ClientType
{
    /// <summary>Any.</summary>
    Any,

    /// <summary>Without subscriptions; monitors too.</summary>
    Normal,

    /// <summary>A replica that follows this node.</summary>
    Replica,

    /// <summary>With subscriptions.</summary>
    PubSub,

    /// <summary>A master: there is none here.</summary>
    Master,
}
