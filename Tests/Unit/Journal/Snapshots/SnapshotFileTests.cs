using System.Collections.Generic;
using Epollsrv.Journal;
using Epollsrv.Journal.Snapshots;
using Epollsrv.Native;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal.Snapshots;

/// <summary>The file of a snapshot does not push other files out of the kernel's memory.</summary>
public sealed unsafe class SnapshotFileTests
{
    private const int PieceBytes = 64 << 10;
    private const long Step = 2 << 20;
    private const long Distance = 8 << 20;

    [Fact]
    public void Pages_are_dropped_whose_writing_began_eight_megabytes_before()
    {
        using TemporaryFolder folder = new();
        DroppingDisk disk = new();
        SnapshotFile file = new(disk, folder["file"], () => { });
        Write(file, 20 << 20);
        Assert.Equal([0, Step, 2 * Step, 3 * Step, 4 * Step, 5 * Step], disk.Dropped);
        Assert.Equal(0, file.Finish());
    }

    [Fact]
    public void A_short_file_stays_in_memory()
    {
        using TemporaryFolder folder = new();
        DroppingDisk disk = new();
        SnapshotFile file = new(disk, folder["file"], () => { });
        Write(file, (int)(Distance + Step) - PieceBytes);
        Assert.Equal(0, file.Finish());
        Assert.Empty(disk.Dropped);
    }

    private static void Write(SnapshotFile file, int bytes)
    {
        SnapshotPiece piece = new();
        piece.Bytes.Add(new byte[PieceBytes]);
        for (int written = 0; written < bytes; written += PieceBytes)
        {
            file.Write(piece);
        }

        piece.Bytes.Free();
    }

    // Notes where it was told to drop pages. The disk has no say in when.
    private sealed class DroppingDisk : Disk
    {
        private long _written;
        private long _begun;

        public List<long> Dropped { get; } = [];

        public override nint Write(int descriptor, IoVector* vectors, int count)
        {
            nint written = base.Write(descriptor, vectors, count);
            _written += written;
            return written;
        }

        public override void BeginWriteback(int descriptor, long offset, long length)
        {
            Assert.Equal(_begun, offset);
            _begun += length;
        }

        public override void DropPages(int descriptor, long offset, long length)
        {
            Assert.Equal(Step, length);
            Assert.True(offset + length + Distance <= _written, "too near to the end");
            Assert.True(offset + length <= _begun, "the kernel was not told to write them");
            Dropped.Add(offset);
        }

        public override int Synchronize(int descriptor) => 0;
    }
}
