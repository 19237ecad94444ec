using System.Text;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Flags, unique and state as text.</summary>
public sealed unsafe class ItemTextTests
{
    [Theory]
    [InlineData("0 0 0", 0, 0, 0)]
    [InlineData("4294967295 18446744073709551615 3", uint.MaxValue, ulong.MaxValue, 3)]
    [InlineData("16 1764582617123456 1", 16, 1764582617123456, 1)]
    public void It_is_read_as_it_was_written(string text, uint flags, ulong unique, byte state)
    {
        ItemFields item = new(flags, unique, (ItemState)state);
        byte* bytes = stackalloc byte[ItemText.Longest];
        Assert.Equal(text, Encoding.ASCII.GetString(bytes, ItemText.Write(bytes, item)));
        Assert.True(ItemText.TryParse(Encoding.ASCII.GetBytes(text), out ItemFields read));
        Assert.Equal(item, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0 0")]
    [InlineData("0 0 0 ")]
    [InlineData("0 0 0 0")]
    [InlineData(" 0 0 0")]
    [InlineData("0  0 0")]
    [InlineData("0 0 4")]
    [InlineData("00 0 0")]
    [InlineData("4294967296 0 0")]
    [InlineData("0 18446744073709551616 0")]
    [InlineData("0 99999999999999999999999 0")]
    [InlineData("-1 0 0")]
    [InlineData("+1 0 0")]
    [InlineData("1 x 0")]
    [InlineData("1 1 1\n")]
    public void Nothing_else_is_read(string text)
    {
        Assert.False(ItemText.TryParse(Encoding.ASCII.GetBytes(text), out ItemFields item));
        Assert.True(item.IsNone);
    }
}
