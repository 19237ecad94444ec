namespace Epollsrv.Store;

/// <summary>How far <see cref="StoreSnapshot.SaveSome"/> has come.</summary>
public enum SnapshotProgress
{
    /// <summary>It is to be called again.</summary>
    More,

    /// <summary>The consumer has got every entry.</summary>
    Saved,

    /// <summary>The snapshot was aborted, and what the consumer got is of no use. The next
    /// one may begin after <see cref="StoreSnapshot.End"/>.</summary>
    Aborted,
}
