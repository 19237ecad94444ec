using System.Text;

using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Unit;

public sealed class RespKeyEventTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("KEA", "AKE")]
    [InlineData("KEAnm", "AKEm")]
    [InlineData("Kg$", "g$K")]
    [InlineData("Exen", "xenE")]
    [InlineData("Elshzxetdnm$g", "AEm")]
    [InlineData("AA", "A")]
    public void Letters_are_read_and_written_as_in_Redis(string text, string written)
    {
        Assert.True(ConfigValues.TryReadEvents(Encoding.ASCII.GetBytes(text), out long events));
        ReplyText to = new();
        ConfigValues.AddEvents(to, events);
        Assert.Equal(written, Encoding.ASCII.GetString(to.Written));
    }

    [Theory]
    [InlineData("KEa")]
    [InlineData("K E")]
    [InlineData("-")]
    public void An_unknown_letter_is_refused(string text) => Assert.False(ConfigValues.TryReadEvents(Encoding.ASCII.GetBytes(text), out _));
}
