using System;
using System.Text;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>A stored value as a list of peers.</summary>
public sealed class CsHolderListTests
{
    [Theory]
    [InlineData("127.0.0.1 51002\n", "127.0.0.1 51002\n", "127.0.0.1 51002\n")]
    [InlineData("127.0.0.1 51002\n", "127.0.0.1 51002", "127.0.0.1 51002\n")]
    [InlineData("127.0.0.1 51002", "127.0.0.1 51002\n", "127.0.0.1 51002")]
    [InlineData("127.0.0.1 51002\n", "127.0.0.1 51003\n", "127.0.0.1 51002\n 127.0.0.1 51003\n")]
    [InlineData("127.0.0.1 51002", "127.0.0.1 51003", "127.0.0.1 51002 127.0.0.1 51003")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", "127.0.0.1 51003", "127.0.0.1 51002\n 127.0.0.1 51003\n")]
    [InlineData("127.0.0.1 5100", "127.0.0.1 51002", "127.0.0.1 5100 127.0.0.1 51002")]
    [InlineData("127.0.0.1 51002", "27.0.0.1 51002", "127.0.0.1 51002 27.0.0.1 51002")]
    [InlineData("127.0.0.1 51002 ", "127.0.0.1 51003", "127.0.0.1 51002 127.0.0.1 51003")]
    [InlineData("127.0.0.1 51002", "  127.0.0.1\t 51003  ", "127.0.0.1 51002 127.0.0.1 51003")]
    [InlineData("a.b 1", "a.b 1 c.d 2\n c.d 2 e.f 3\n", "a.b 1 c.d 2\n e.f 3\n")]
    [InlineData("a.b 1", "c.d 2\ne.f 3\n", "a.b 1 c.d 2\n e.f 3\n")]
    [InlineData("a.b 1", "", "a.b 1")]
    [InlineData("", "a.b 1", "a.b 1")]
    [InlineData("::1 6379", "[::1] 6379", "::1 6379 [::1] 6379")]
    [InlineData("hello", "hello", "hello hello")]
    [InlineData("hello", "", "hello ")]
    [InlineData("hello", "world  and\n", "hello world  and\n")]
    [InlineData("1 2", "1 2", "1 2 1 2")]
    [InlineData("10.0.0.1 0", "10.0.0.1 0", "10.0.0.1 0 10.0.0.1 0")]
    [InlineData("10.0.0.1 65536", "10.0.0.1 65536", "10.0.0.1 65536 10.0.0.1 65536")]
    public void A_put_to_an_existing_key(string stored, string value, string expected)
    {
        byte[] before = Encoding.UTF8.GetBytes(stored);
        byte[] addition = new byte[HolderList.MaximumAddition];
        int length = HolderList.Append(before, Encoding.UTF8.GetBytes(value), addition);
        Assert.Equal(expected, stored + Encoding.UTF8.GetString(addition, 0, length));
    }

    [Fact]
    public void The_longest_addition_fits_its_buffer()
    {
        StringBuilder value = new();
        for (int i = 0; i < 51; i++)
        {
            _ = value.Append((char)('a' + (i % 26))).Append(i / 26 == 0 ? 'x' : 'y').Append(" 1\n");
        }

        byte[] addition = new byte[HolderList.MaximumAddition];
        int length = HolderList.Append("z 1"u8, Encoding.ASCII.GetBytes(value.ToString()), addition);
        Assert.Equal(255 + 51, length);
    }

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

    [Fact]
    public void A_reply_holds_as_many_whole_peers_as_fit()
    {
        StringBuilder list = new();
        for (int i = 0; i < 200; i++)
        {
            _ = list.Append(i == 0 ? string.Empty : " ").Append("10.0.0.").Append(i).Append(" 50001\n");
        }

        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, "file"u8, default);
        CsFrame.WriteGetReply(frame, frame, Encoding.ASCII.GetBytes(list.ToString()));
        string shown = Encoding.ASCII.GetString(CsFrame.ReplyValue(frame));
        Assert.StartsWith(shown, list.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" 50001\n", shown, StringComparison.Ordinal);
        Assert.InRange(shown.Length, CsFrame.ReplyCapacity(4) - 20, CsFrame.ReplyCapacity(4));
    }
}
