namespace Epollsrv.Tests.Durability;

/// <summary>What <see cref="RecordingDisk"/> records.</summary>
internal enum DiskOperationKind
{
    /// <summary>A name is new.</summary>
    Create,
    Write,
    SetLength,

    /// <summary>A synchronization has ended: what was done before its <see cref="DiskOperation.Number"/> is on the disk.</summary>
    Synchronize,
    Rename,
    Remove,
    MakeFolder,

    /// <summary>As <see cref="Synchronize"/>, for a folder's names.</summary>
    SynchronizeFolder,
}
