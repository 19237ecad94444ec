using System;

using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed class TextFileTests
{
    private const int Limit = 20_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(8192)]
    [InlineData(Limit - 1)]
    [InlineData(Limit)]
    public void A_file_up_to_the_limit_is_read(int length)
    {
        using TemporaryFolder folder = new();
        string text = string.Create(length, 0, (place, _) => Fill(place));
        Assert.Equal(text, TextFile.Read(folder.Write("file", text), Limit, out int error));
        Assert.Equal(0, error);
    }

    [Theory]
    [InlineData(Limit + 1)]
    [InlineData(3 * Limit)]
    public void A_longer_file_is_refused(int length)
    {
        using TemporaryFolder folder = new();
        Assert.Null(TextFile.Read(folder.Write("file", new string('x', length)), Limit, out int error));
        Assert.Equal(-Errno.Invalid, error);
    }

    [Fact]
    public void What_cannot_be_read_gives_its_error()
    {
        using TemporaryFolder folder = new();
        Assert.Null(TextFile.Read(folder["none"], Limit, out int error));
        Assert.Equal(-Errno.NoEntry, error);
        Assert.Null(TextFile.Read(folder.Path, Limit, out error));
        Assert.Equal(-Errno.IsDirectory, error);
    }

    private static void Fill(Span<char> place)
    {
        for (int i = 0; i < place.Length; i++)
        {
            place[i] = (char)('a' + (i % 26));
        }
    }
}
