using System;
using System.Linq;
using System.Text;

using Epollsrv.Journal;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>The manifest's text: Redis's own, every rule that is broken, and every step of a rewrite.</summary>
public sealed class ManifestTests
{
    private const string Redis = """
        file appendonly.aof.2.base.rdb seq 2 type b
        file appendonly.aof.1.base.rdb seq 1 type h
        file appendonly.aof.1.incr.aof seq 1 type h
        file appendonly.aof.2.incr.aof seq 2 type i
        file appendonly.aof.4.incr.aof seq 4 type i

        """;

    [Fact]
    public void The_manifest_of_Redis_is_read_and_written()
    {
        Manifest manifest = Read(Redis);
        Assert.Equal(("appendonly.aof.2.base.rdb", 2, ManifestKind.Base),
            (manifest.Base!.Name, manifest.Base.Sequence, manifest.Base.Kind));
        Assert.Equal(["appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof"], Names(manifest.History));
        Assert.Equal(["appendonly.aof.2.incr.aof", "appendonly.aof.4.incr.aof"], Names(manifest.Increments));
        Assert.Equal(4, manifest.Last!.Sequence);
        Assert.Equal(Redis, Text(manifest));
    }

    [Theory]
    [InlineData("# comment\n#\nfile a seq 1 type b\n# at the end without a line end")]
    [InlineData("  FILE a\tSeq 1 tYPE b crc deadbeef \r\n")]
    [InlineData("type b extra \"two words\" seq 1 file 'a'\n")]
    [InlineData("file \"\\x61\" seq 1 type b\n")]
    public void Comments_quotes_other_orders_and_unknown_pairs_are_read(string text) =>
        Assert.Equal("file a seq 1 type b\n", Text(Read(text)));

    [Fact]
    public void A_manifest_of_comments_names_no_files()
    {
        Manifest manifest = Read("# nothing\n");
        Assert.Null(manifest.Last);
        Assert.Equal(string.Empty, Text(manifest));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n", "line 1 is not as \"file NAME seq NUMBER type LETTER\"")]
    [InlineData("file a seq 1 type b", "line 1 has no line end: the file was cut short")]
    [InlineData("# x\nfile a seq 1 type\n", "line 2 is not as \"file NAME seq NUMBER type LETTER\"")]
    [InlineData("file a seq 1\n", "line 1 is not as \"file NAME seq NUMBER type LETTER\"")]
    [InlineData("file a seq 1 type b x\n", "line 1 is not as \"file NAME seq NUMBER type LETTER\"")]
    [InlineData("file \"a seq 1 type b\n", "line 1 has a quote that does not end")]
    [InlineData("file ../a seq 1 type b\n", "line 1 names no file")]
    [InlineData("file .. seq 1 type b\n", "line 1 names no file")]
    [InlineData("file \"\" seq 1 type b\n", "line 1 names no file")]
    [InlineData("file \"a\\x00b\" seq 1 type b\n", "line 1 names no file")]
    [InlineData("name a seq 1 type b\n", "line 1 names no file")]
    [InlineData("file a seq 0 type b\n", "line 1 has no number (seq) above 0")]
    [InlineData("file a seq x type b\n", "line 1 has no number (seq) above 0")]
    [InlineData("file a seq 4611686018427387905 type b\n",
        "line 1 has a number (seq) that is too high: give the files small numbers, in the order of the lines")]
    [InlineData("file a seq 1 kind b\n", "line 1 has no type")]
    [InlineData("file a seq 1 type x\n", "line 1 has an unknown type")]
    [InlineData("file a seq 1 type b\nfile b seq 2 type b\n", "line 2 names a second base")]
    [InlineData("file a seq 2 type i\nfile b seq 2 type i\n", "line 2 has an increment whose number does not rise")]
    public void What_is_wrong_is_said_with_the_line(string text, string expected)
    {
        Assert.Null(ManifestReader.Read(Encoding.Latin1.GetBytes(text), out string problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void A_line_may_have_1024_bytes()
    {
        string line = "file " + new string('n', 1024 - "file  seq 1 type i\n".Length) + " seq 1 type i\n";
        Assert.Equal(line, Text(Read(line)));
        Assert.Null(ManifestReader.Read(Encoding.Latin1.GetBytes("file n" + line[5..]), out string problem));
        Assert.Equal("line 1 is longer than 1024 bytes", problem);
        Assert.Null(ManifestReader.Read(Encoding.Latin1.GetBytes("#" + new string('x', 1024) + "\n"), out _));
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("quote\"'\\")]
    [InlineData("\n\r\t\u007F\u0001")]
    [InlineData("ünïcode")]
    [InlineData("\uDC80 no UTF-8")]
    public void Any_name_comes_back(string name)
    {
        Manifest manifest = new(null, [], [new ManifestEntry(name, 1, ManifestKind.Increment)]);
        Assert.Equal(name, Read(Text(manifest)).Last!.Name);
    }

    [Fact]
    public void The_steps_of_rewrites_name_the_right_files()
    {
        Manifest manifest = new(null, [], []);
        Assert.Equal(("appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof"), (manifest.NextBase().Name, manifest.NextIncrement().Name));
        manifest = manifest.With(manifest.NextIncrement());
        manifest = manifest.With(manifest.NextIncrement());
        manifest = manifest.Rewritten(manifest.NextBase(), manifest.Increments[1]);
        Assert.Equal(
            "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n"
            + "file appendonly.aof.2.incr.aof seq 2 type i\n",
            Text(manifest));
        ManifestEntry first = manifest.NextIncrement();
        manifest = manifest.With(first).With(new ManifestEntry("x", 9, ManifestKind.Increment)).Rewritten(manifest.NextBase(), first);
        Assert.Equal(
            "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n"
            + "file appendonly.aof.1.base.rdb seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type h\n"
            + "file appendonly.aof.3.incr.aof seq 3 type i\nfile x seq 9 type i\n",
            Text(manifest));
        Assert.Equal("file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.3.incr.aof seq 3 type i\nfile x seq 9 type i\n",
            Text(manifest.WithoutHistory()));
        Assert.Equal(10, manifest.NextIncrement().Sequence);
    }

    [Fact]
    public void Random_text_is_refused_or_read_as_it_was_meant()
    {
        Random random = new(TestSeed.Choose());
        byte[] original = Encoding.Latin1.GetBytes(Redis);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] text = [.. original];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            if (ManifestReader.Read(text.AsSpan(0, random.Next(text.Length + 1)), out string problem) is { } manifest)
            {
                Assert.Equal(Text(manifest), Text(Read(Text(manifest) + "# end\n")));
            }
            else
            {
                Assert.NotEqual(string.Empty, problem);
            }
        }
    }

    private static Manifest Read(string text)
    {
        Manifest? manifest = ManifestReader.Read(Encoding.Latin1.GetBytes(text), out string problem);
        Assert.Equal(string.Empty, problem);
        return manifest!;
    }

    private static string Text(Manifest manifest) => Encoding.Latin1.GetString(manifest.ToText());

    private static string[] Names(ReadOnlySpan<ManifestEntry> entries) => [.. entries.ToArray().Select(entry => entry.Name)];
}
