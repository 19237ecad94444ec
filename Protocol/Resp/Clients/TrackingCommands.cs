namespace Epollsrv.Protocol.Resp;

/// <summary>The subcommands of CLIENT about tracking, which does not exist
/// here: what Redis answers a client that has not turned it on.</summary>
internal static unsafe class TrackingCommands
{
    /// <summary>CLIENT CACHING YES|NO.</summary>
    public static void Caching(CommandContext call)
        => call.ReplyError("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"u8);

    /// <summary>CLIENT GETREDIR.</summary>
    public static void GetRedirection(CommandContext call) => call.Reply.Integer(-1);

    /// <summary>CLIENT TRACKINGINFO.</summary>
    public static void Information(CommandContext call)
    {
        call.Reply.Map(3);
        call.Reply.Bulk("flags"u8);
        call.Reply.Set(1);
        call.Reply.Bulk("off"u8);
        call.Reply.Bulk("redirect"u8);
        call.Reply.Integer(-1);
        call.Reply.Bulk("prefixes"u8);
        call.Reply.Array(0);
    }
}
