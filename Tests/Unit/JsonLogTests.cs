using System;
using System.Linq;
using System.Text;
using System.Text.Json;

using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Node;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>--log-format json: each line is one object, whatever the message and the fields are.</summary>
public sealed class JsonLogTests
{
    private const long Wall = 1_769_862_896_789_000_000; // 2026-01-31 12:34:56.789

    [Fact]
    public void A_line_has_time_level_message_and_fields()
        => Assert.Equal(
            "{\"time\":\"2026-01-31T12:34:56.789Z\",\"level\":\"warning\",\"message\":\"text\",\"peer\":\"10.0.0.7\",\"connection\":-42}\n",
            Format("text", journal: false, new("peer", "10.0.0.7"), new("connection", -42), new("master", null)));

    [Fact]
    public void In_the_journal_its_priority_is_in_front()
        => Assert.StartsWith("<4>{\"time\":", Format("text", journal: true), StringComparison.Ordinal);

    [Theory]
    [InlineData("say \"no\" \\ and / more")]
    [InlineData("a\nb\rc\td\0e\u001b[31m\u007f\u009b")]
    [InlineData("naïve 日本 🚀\u2028")]
    [InlineData("")]
    public void What_is_in_the_text_comes_back_from_a_parser(string text)
    {
        string line = Format(text, journal: false, new LogField("peer", text));
        Assert.DoesNotContain(line[..^1], letter => char.IsControl(letter));
        JsonElement root = JsonDocument.Parse(line).RootElement;
        Assert.Equal(text, root.GetProperty("message").GetString());
        Assert.Equal(text, root.GetProperty("peer").GetString());
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_become_the_replacement_character()
    {
        string line = Format(ByteText.Decode([0x61, 0xFF, 0xC3, 0x62, 0xED, 0xA0, 0x80]), journal: false);
        Assert.Equal("a\ufffd\ufffdb\ufffd\ufffd\ufffd", JsonDocument.Parse(line).RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character()
        => Assert.Equal("a\ufffdb", JsonDocument.Parse(Format("a\ud83db", journal: false)).RootElement.GetProperty("message").GetString());

    [Fact]
    public void Any_length_fits_and_stays_an_object()
    {
        LogField[] fields = [.. Enumerable.Range(0, 20).Select(i => new LogField("field", new string('\u0001', 100_000)))];
        string line = Format(new string('\u0002', 100_000), journal: true, fields);
        JsonElement root = JsonDocument.Parse(line[3..]).RootElement;
        Assert.Equal(2000, root.GetProperty("message").GetString()!.Length);
        Assert.Equal(300, root.GetProperty("field").GetString()!.Length);
    }

    [Fact]
    public void Random_text_is_an_object_always()
    {
        Random random = new(TestSeed.Choose());
        for (int i = 0; i < 2000; i++)
        {
            char[] text = new char[random.Next(60)];
            for (int at = 0; at < text.Length; at++)
            {
                text[at] = (char)(random.Next(2) == 0 ? random.Next(0x100) : random.Next(0x10000));
            }

            string line = Format(new string(text), journal: false, new LogField("peer", new string(text)));
            string? parsed = JsonDocument.Parse(line).RootElement.GetProperty("message").GetString();
            Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), parsed);
        }
    }

    private static string Format(string text, bool journal, params LogField[] fields)
    {
        byte[] line = new byte[LogLine.Capacity];
        int length = LogLine.FormatJson(line, LogLevel.Warning, text, fields, journal, Wall);
        return Encoding.UTF8.GetString(line, 0, length);
    }
}
