using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Epollsrv.Journal;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>The stream that is read back from the increments of a log.</summary>
public sealed unsafe class StreamFileReaderTests : IDisposable
{
    private const long First = 1000;

    private readonly TemporaryFolder _folder = new();
    private readonly DataFolder _data;
    private readonly List<byte> _stream = [];
    private readonly List<ManifestEntry> _increments = [];

    public StreamFileReaderTests()
    {
        _data = DataFolder.Open(new Disk(), _folder["data"], out _)!;
    }

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void All_that_follows_a_position_is_read_over_all_files()
    {
        Add(3);
        Add(0);
        Add(5);
        byte[] stream = [.. _stream];
        for (long position = First; position < First + stream.Length; position++)
        {
            using StreamFileReader reader = new(Log());
            Assert.Equal(stream[(int)(position - First)..], ReadOn(reader, position, stream.Length));
        }
    }

    [Fact]
    public void A_reader_that_is_on_its_way_to_a_position_says_so()
    {
        Add(2000);
        using StreamFileReader reader = new(Log());
        long position = First + _stream.Count - 10;
        byte* into = stackalloc byte[20];
        int searches = 0;
        int count;
        while ((count = reader.Read(position, into, 20)) == StreamFileReader.Searching)
        {
            searches++;
        }

        Assert.InRange(searches, 2, 2000);
        Assert.Equal(_stream.TakeLast(10), new ReadOnlySpan<byte>(into, count).ToArray());
    }

    [Fact]
    public void What_is_written_later_is_read_too()
    {
        Add(2);
        using StreamFileReader reader = new(Log());
        byte[] before = ReadOn(reader, First, _stream.Count);
        Append(_increments[0], 3);
        Assert.Equal(_stream, [.. before, .. ReadOn(reader, First + before.Length, _stream.Count - before.Length)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(First - 1)]
    public void A_position_before_the_first_file_is_gone(long position)
    {
        Add(3);
        byte to = 0;
        using StreamFileReader reader = new(Log());
        Assert.False(StreamFileReader.Has(Log(), position));
        Assert.Equal(StreamFileReader.Gone, reader.Read(position, &to, 1));
    }

    [Fact]
    public void Without_files_nothing_is_there()
    {
        Assert.False(StreamFileReader.Has(Log(), 0));
        Add(1);
        File.Delete(_data.PathOf(_increments[0]));
        Assert.False(StreamFileReader.Has(Log(), First));
    }

    [Theory]
    [InlineData("*1\r\n$4\r\nPING\r\n")]
    [InlineData("#HDR:v1;len:5;reploff:1;checksum:1;\r\nabcde")]
    [InlineData("#HDR:v1;len:x;\r\n")]
    [InlineData("#HDR:v1;len:5")]
    public void Where_the_positions_are_not_known_nothing_is_read(string bytes)
    {
        Add(2);
        int known = _stream.Count;
        File.AppendAllText(_data.PathOf(_increments[0]), bytes);
        using StreamFileReader reader = new(Log());
        Assert.Equal(_stream, ReadOn(reader, First, known));
        byte to = 0;
        Assert.Equal(StreamFileReader.Gone, reader.Read(First + known, &to, 1));
    }

    private static byte[] ReadOn(StreamFileReader reader, long position, int most)
    {
        byte[] found = new byte[most];
        int done = 0;
        byte* into = stackalloc byte[7];
        while (done < most && position + done < long.MaxValue)
        {
            int count = reader.Read(position + done, into, 7);
            if (count == StreamFileReader.Gone)
            {
                break;
            }

            for (int i = 0; i < count; i++)
            {
                found[done++] = into[i];
            }
        }

        return found[..done];
    }

    private LogFiles Log() => new(_data, new Disk(), new Manifest(null, [], [.. _increments]));

    private void Add(int blocks)
    {
        int number = _increments.Count + 1;
        string name = "appendonly.aof." + number.ToString(CultureInfo.InvariantCulture) + ".incr.aof";
        ManifestEntry entry = new(name, number, ManifestKind.Increment);
        _increments.Add(entry);
        File.WriteAllBytes(_data.PathOf(entry), []);
        Append(entry, blocks);
    }

    private void Append(ManifestEntry entry, int blocks)
    {
        LogBytes log = new(hasBlocks: true, First + _stream.Count);
        for (int i = 0; i < blocks; i++)
        {
            string[] record = ["SET", "key" + i.ToString(CultureInfo.InvariantCulture), new string('v', i % 13)];
            log.Add(record);
            _stream.AddRange(LogBytes.Record(record));
        }

        using FileStream file = new(_data.PathOf(entry), FileMode.Append);
        file.Write(log.Bytes);
    }
}
