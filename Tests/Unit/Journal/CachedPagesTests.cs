using System;
using System.IO;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Tests.Integration;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>A file's pages are dropped, and nothing else.</summary>
public sealed class CachedPagesTests : IDisposable
{
    private const int Length = (5 << 20) + 7;

    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder["file"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Who_reads_the_file_goes_on_after_it_was_dropped_and_removed()
    {
        byte[] content = new byte[Length];
        new Random(TestSeed.Choose()).NextBytes(content);
        File.WriteAllBytes(FilePath, content);
        using FileStream reader = File.OpenRead(FilePath);
        CachedPages.Drop(FilePath);
        File.Delete(FilePath);
        byte[] read = new byte[Length];
        reader.ReadExactly(read);
        Assert.Equal(content, read);
    }

    [Fact]
    public void The_pages_are_not_in_memory_any_more()
    {
        File.WriteAllBytes(FilePath, new byte[Length]);
        using FileStream file = File.Open(FilePath, FileMode.Open);
        file.Flush(flushToDisk: true);
        int descriptor = (int)file.SafeFileHandle.DangerousGetHandle();
        if (!Files.IsResident(descriptor, 0))
        {
            // A file system that cannot tell (tmpfs): its pages are the file.
            return;
        }

        // Pages that the kernel has in hand just then stay.
        NodeUnderTest.Until(
            () =>
            {
                CachedPages.Drop(FilePath);
                return !Files.IsResident(descriptor, 0) && !Files.IsResident(descriptor, 3 << 20);
            },
            "the pages are dropped");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2 << 20)]
    public void A_short_file_stays_as_it_is(int length)
    {
        File.WriteAllBytes(FilePath, new byte[length]);
        CachedPages.Drop(FilePath);
        Assert.Equal(length, new FileInfo(FilePath).Length);
    }

    [Fact]
    public void A_file_that_is_not_there_is_as_good() => CachedPages.Drop(FilePath);
}
