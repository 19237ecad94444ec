using Epollsrv.Journal;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>Changes files without waiting for the disk.</summary>
internal sealed class QuickDisk : Disk
{
    public override int Synchronize(int descriptor) => 0;

    public override int SynchronizeFolder(string path) => 0;
}
