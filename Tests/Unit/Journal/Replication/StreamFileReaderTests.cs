using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Epollsrv.Journal;
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
    private readonly List<(ManifestEntry Entry, long Position, long Offset)> _blocks = [];

    public StreamFileReaderTests()
    {
        _data = DataFolder.Open(new Disk(), _folder["data"], out _)!;
    }

    private long End => First + _stream.Count;

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
    public void A_position_in_a_long_file_is_found()
    {
        Add(40, 100_000);
        byte[] stream = [.. _stream];
        foreach (int at in (ReadOnlySpan<int>)[0, 1, 99_999, 1_500_000, 3_000_007, stream.Length - 1])
        {
            using StreamFileReader reader = new(Log());
            int count = Math.Min(200_000, stream.Length - at);
            Assert.Equal(stream[at..(at + count)], ReadOn(reader, First + at, count));
        }
    }

    [Fact]
    public void A_block_that_is_damaged_is_not_given_out()
    {
        Add(3, 50);
        string path = _data.PathOf(_increments[0]);
        byte[] file = File.ReadAllBytes(path);
        file[^5] ^= 1;
        File.WriteAllBytes(path, file);
        using StreamFileReader reader = new(Log());
        byte[] found = ReadOn(reader, First, _stream.Count);
        Assert.Equal(_stream.Take(found.Length), found);
        Assert.InRange(found.Length, _stream.Count / 2, _stream.Count - 50);
        byte to = 0;
        Assert.Equal(StreamFileReader.Gone, reader.Read(First + found.Length, &to, 1, End));
    }

    [Fact]
    public void What_is_written_later_is_read_too()
    {
        Add(2);
        using StreamFileReader reader = new(Log());
        byte[] before = ReadOn(reader, First, _stream.Count);
        byte to = 0;
        Assert.Equal(0, reader.Read(End, &to, 1, End));
        Append(_increments[0], 3, 13);
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
        Assert.Equal(StreamFileReader.Gone, reader.Read(position, &to, 1, End));
    }

    [Fact]
    public void Without_files_nothing_is_there()
    {
        Assert.False(StreamFileReader.Has(Log(), 0));
        Add(1);
        File.Delete(_data.PathOf(_increments[0]));
        using StreamFileReader reader = new(Log());
        byte to = 0;
        Assert.Equal(StreamFileReader.Gone, reader.Read(First, &to, 1, End));
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
        Assert.Equal(StreamFileReader.Gone, reader.Read(First + known, &to, 1, End + 5));
    }

    private byte[] ReadOn(StreamFileReader reader, long position, int most)
    {
        byte[] found = new byte[most];
        int done = 0;
        byte* into = stackalloc byte[7];
        while (done < most && position + done < End)
        {
            int count = reader.Read(position + done, into, Math.Min(7, most - done), End);
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

    private LogFiles Log()
    {
        LogFiles files = new(_data, new Disk(), new Manifest(null, [], [.. _increments]));
        foreach ((ManifestEntry entry, long position, long offset) in _blocks)
        {
            files.MarksOf(entry).Note(position, offset);
        }

        return files;
    }

    private void Add(int blocks, int longest = 13)
    {
        int number = _increments.Count + 1;
        string name = "appendonly.aof." + number.ToString(CultureInfo.InvariantCulture) + ".incr.aof";
        ManifestEntry entry = new(name, number, ManifestKind.Increment);
        _increments.Add(entry);
        File.WriteAllBytes(_data.PathOf(entry), []);
        Append(entry, blocks, longest);
    }

    private void Append(ManifestEntry entry, int blocks, int longest)
    {
        LogBytes log = new(hasBlocks: true, First + _stream.Count);
        long begin = new FileInfo(_data.PathOf(entry)).Length;
        for (int i = 0; i < blocks; i++)
        {
            _blocks.Add((entry, log.Position, begin + log.Bytes.Length));
            string[] record = ["SET", "key" + i.ToString(CultureInfo.InvariantCulture), new string('v', longest > 13 ? longest : i % 13)];
            log.Add(record);
            _stream.AddRange(LogBytes.Record(record));
        }

        using FileStream file = new(_data.PathOf(entry), FileMode.Append);
        file.Write(log.Bytes);
    }
}
