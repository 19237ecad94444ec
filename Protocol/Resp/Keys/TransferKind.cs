namespace Epollsrv.Protocol.Resp;

/// <summary>What is to become of the key that is transferred.</summary>
internal enum TransferKind
{
    /// <summary>It stays.</summary>
    Copy,

    /// <summary>It gets another name.</summary>
    Rename,

    /// <summary>It gets into another database.</summary>
    Move,
}
