namespace Epollsrv.Tests.Durability;

/// <summary>What <see cref="FailingDisk"/> can have fail.</summary>
internal enum DiskCall
{
    Open,
    Write,
    Synchronize,
    SetLength,
    Rename,
    Remove,
    SynchronizeFolder,
}
