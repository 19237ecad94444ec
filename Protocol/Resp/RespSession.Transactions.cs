namespace Epollsrv.Protocol.Resp;

/// <content>What belongs to transactions.</content>
internal sealed unsafe partial class RespSession
{
    private Transaction? _transaction;

    /// <summary>The connection's transaction and watches, made when first needed.</summary>
    public Transaction Transaction => _transaction ??= new Transaction();

    /// <summary>The same, or null. Any thread may look at its numbers.</summary>
    public Transaction? ExistingTransaction => _transaction;
}
