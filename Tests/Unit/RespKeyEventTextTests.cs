using System;
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
        Assert.True(KeyEventText.TryParse(Encoding.ASCII.GetBytes(text), out KeyEvents events));
        Span<byte> to = stackalloc byte[32];
        Assert.Equal(written, Encoding.ASCII.GetString(to[..KeyEventText.Format(events, to)]));
    }

    [Theory]
    [InlineData("KEa")]
    [InlineData("K E")]
    [InlineData("\0")]
    public void An_unknown_letter_is_refused(string text) => Assert.False(KeyEventText.TryParse(Encoding.ASCII.GetBytes(text), out _));
}
