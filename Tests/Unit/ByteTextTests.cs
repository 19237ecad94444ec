using System.Text;

using Epollsrv.Commands;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Bytes that people type and files are named with: they come
/// through strings unchanged; and what of them a terminal is shown.</summary>
public sealed class ByteTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("gr\u00FC\u00DF \u20AC \U0001F600")]
    [InlineData("\uFFFD")]
    public void Text_is_UTF_8(string text)
    {
        Assert.Equal(Encoding.UTF8.GetBytes(text), ByteText.Encode(text));
        Assert.Equal(text, ByteText.Decode(Encoding.UTF8.GetBytes(text)));
        Assert.Equal([.. Encoding.UTF8.GetBytes(text), 0], ByteText.EncodePath(text));
    }

    [Fact]
    public void Any_bytes_come_back_as_they_were()
    {
        for (int first = 0; first < 256; first++)
        {
            for (int second = 0; second < 256; second++)
            {
                byte[][] all = [[(byte)first, (byte)second], [(byte)'a', (byte)first, (byte)second, (byte)'b'],
                    [0xF0, 0x9F, (byte)first, (byte)second], [0xED, (byte)first, (byte)second]];
                foreach (byte[] bytes in all)
                {
                    Assert.Equal(bytes, ByteText.Encode(ByteText.Decode(bytes)));
                }
            }
        }
    }

    [Fact]
    public void Different_bytes_are_different_text()
        => Assert.NotEqual(ByteText.Decode([(byte)'c', 0xE9]), ByteText.Decode([(byte)'c', 0xE8]));

    [Fact]
    public void A_surrogate_that_stands_for_no_byte_becomes_a_question_mark() =>
        Assert.Equal("a?b"u8.ToArray(), ByteText.Encode("a\uD800b"));

    [Theory]
    [InlineData("blue", "blue")]
    [InlineData("two\nlines\tand \"quotes\" \\ ü", "two\nlines\tand \"quotes\" \\ ü")]
    [InlineData("\u001B[2Jgone", "\"\\x1b[2Jgone\"")]
    [InlineData("\u009B2J", "\"\\xc2\\x9b2J\"")]
    [InlineData("\u007F", "\"\\x7f\"")]
    [InlineData("a\0\"\\\r\n\t\a\b", "\"a\\x00\\\"\\\\\\r\\n\\t\\a\\b\"")]
    public void A_terminal_is_shown_text_and_escaped_bytes(string value, string expected)
        => Assert.Equal(expected, Encoding.UTF8.GetString(TerminalText.Show(Encoding.UTF8.GetBytes(value))));

    [Fact]
    public void A_terminal_is_shown_no_byte_that_is_no_UTF_8()
        => Assert.Equal("\"caf\\xe9\"", Encoding.UTF8.GetString(TerminalText.Show([.. "caf"u8, 0xE9])));

    [Theory]
    [InlineData("pw", "pw")]
    [InlineData("pw\n", "pw")]
    [InlineData("pw\r\n", "pw")]
    [InlineData("pw\nsecond\n", "pw")]
    [InlineData("\uFEFFpw\n", "pw")]
    [InlineData(" p w \n", " p w ")]
    [InlineData("\n", "")]
    [InlineData("\uFEFF", "")]
    public void The_first_line_is_the_password(string text, string expected) => Assert.Equal(expected, PasswordOptions.FirstLine(text));
}
