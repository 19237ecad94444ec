using System.Text;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>A stored value as a list of peers.</summary>
public sealed class CsHolderListTests
{
    [Theory]
    [InlineData("127.0.0.1 51002", true)]
    [InlineData("127.0.0.1 51002\n", true)]
    [InlineData("127.0.0.1 51002\r\n", true)]
    [InlineData("  a.b\t1 c.d 2\n ", true)]
    [InlineData("::1 6379 [::1] 6379", true)]
    [InlineData("node-3.example.org 65535", true)]
    [InlineData("", false)]
    [InlineData(" ", false)]
    [InlineData("hello", false)]
    [InlineData("hello world", false)]
    [InlineData("1 2", false)]
    [InlineData("10.0.0.1 0", false)]
    [InlineData("10.0.0.1 65536", false)]
    [InlineData("10.0.0.1 51002 junk", false)]
    [InlineData("a.b 1 c.d", false)]
    [InlineData("a/b 1", false)]
    public void What_is_a_list_of_holders(string value, bool expected)
        => Assert.Equal(expected, HolderList.IsList(Encoding.UTF8.GetBytes(value)));

    [Theory]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", "127.0.0.1 51002", "127.0.0.1 51003\n")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", "127.0.0.1 51003\n", "127.0.0.1 51002\n")]
    [InlineData("a.b 1 c.d 2 e.f 3", "c.d 2", "a.b 1 e.f 3")]
    [InlineData("a.b 1 c.d 2 a.b 1", "a.b 1", "c.d 2")]
    [InlineData("a.b 1 c.d 2 e.f 3", "e.f 3 a.b 1", "c.d 2")]
    [InlineData("a.b 1\n", "a.b 1", "")]
    [InlineData("a.b 1", "a.b 1\n", "")]
    [InlineData("a.b 1 \n ", "a.b 1", "")]
    [InlineData("a.b 1", "a.b 11", null)]
    [InlineData("hello", "hello", null)]
    [InlineData("", "a.b 1", null)]
    [InlineData("a.b 1", "", null)]
    public void A_withdrawal(string list, string holder, string? expected)
    {
        byte[] target = Encoding.UTF8.GetBytes(list);
        int length = HolderList.Remove(target, Encoding.UTF8.GetBytes(holder), target);
        Assert.Equal(expected, length < 0 ? null : Encoding.UTF8.GetString(target, 0, length));
    }

    [Theory]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", 33, "127.0.0.1 51002\n 127.0.0.1 51003\n")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", 32, "127.0.0.1 51002\n 127.0.0.1 51003")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", 31, "127.0.0.1 51002\n")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", 16, "127.0.0.1 51002\n")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", 15, "127.0.0.1 51002")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", 14, null)]
    [InlineData("ordinary", 8, "ordinary")]
    [InlineData("ordinary", 7, null)]
    [InlineData("a.b 1 junk junk", 10, null)]
    [InlineData("", 0, "")]
    public void What_fits_of_a_value(string value, int capacity, string? expected)
    {
        int length = HolderList.WholePrefix(Encoding.UTF8.GetBytes(value), capacity);
        Assert.Equal(expected, length < 0 ? null : value[..length]);
    }
}
