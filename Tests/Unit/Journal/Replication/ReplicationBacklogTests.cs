using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>The bytes that replicas are fed from: a byte of the stream is a function of its position.</summary>
public sealed unsafe class ReplicationBacklogTests : IDisposable
{
    private const int Block = ReplicationBacklog.BlockBytes;

    private static long _slowest;

    private readonly ReplicationBacklog _backlog = new();

    public ReplicationBacklogTests()
    {
        _slowest = ReplicationBacklog.Nobody;
        _backlog.Owner = this;
        _backlog.SlowestReader = &Slowest;
    }

    public void Dispose() => _backlog.Free();

    [Fact]
    public void What_was_added_is_read_from_any_position()
    {
        Begin(1000, 2 * Block, 2 * Block);
        Append(1000, 3000);
        Append(4000, Block);
        Check(1000, 3000);
        Check(1001, Block);
        Check(Block - 1, 2);
        Assert.Equal(0, Read(_backlog.End, new byte[10]));
        Assert.Equal(0, Read(_backlog.End + 5, new byte[10]));
        Assert.Equal(-1, Read(999, new byte[10]));
    }

    [Fact]
    public void It_keeps_its_size_and_forgets_what_is_older()
    {
        Begin(0, 3 * Block, 3 * Block);
        for (long at = 0; at < 20L * Block; at += 70_001)
        {
            Append(at, 70_001);
            Assert.InRange(_backlog.End - _backlog.First, Math.Min(_backlog.End, 3 * Block), 4 * Block + 70_001);
        }

        Check(_backlog.First, 100_000);
        Check(_backlog.End - 100_000, 100_000);
        Assert.Equal(-1, Read(_backlog.First - 1, new byte[10]));
    }

    [Fact]
    public void A_reader_that_is_behind_keeps_more_up_to_the_limit()
    {
        Begin(0, Block, 10 * Block);
        _slowest = 500;
        for (long at = 0; at < 9L * Block; at += Block / 2)
        {
            Append(at, Block / 2);
        }

        Check(500, 1000);
        Append(9L * Block, 5 * Block);
        Assert.Equal(-1, Read(500, new byte[10]));
        _slowest = ReplicationBacklog.Nobody;
        Append(14L * Block, Block);
        Assert.InRange(_backlog.End - _backlog.First, Block, 2 * Block);
    }

    [Fact]
    public void One_addition_may_be_longer_than_all_that_is_kept()
    {
        Begin(0, Block, Block);
        Append(0, 7 * Block + 13);
        Check(_backlog.End - Block, Block);
    }

    [Fact]
    public void What_is_added_again_is_left_out_and_a_gap_forgets_everything()
    {
        Begin(100, 4 * Block, 4 * Block);
        Append(100, 1000);
        Append(100, 1000);
        Append(600, 1000);
        Assert.Equal(1600, _backlog.End);
        Check(100, 1500);
        Append(2000, 10);
        Assert.Equal(2000, _backlog.First);
        Assert.Equal(-1, Read(1599, new byte[10]));
        Check(2000, 10);
    }

    [Fact]
    public void Without_a_beginning_nothing_is_kept()
    {
        Append(0, 1000);
        Assert.False(_backlog.IsKept);
        Assert.Equal(-1, Read(0, new byte[10]));
        Begin(5, Block, Block);
        Append(5, 10);
        _backlog.Free();
        Assert.Equal(-1, Read(5, new byte[10]));
    }

    [Fact]
    public void Readers_beside_the_writer_see_what_was_written_or_that_it_is_gone()
    {
        Begin(0, 2 * Block, 2 * Block);
        bool ends = false;
        void ReadOn()
        {
            byte[] bytes = new byte[64 * 1024];
            long position = 0;
            while (!Volatile.Read(ref ends))
            {
                int count = Read(position, bytes);
                if (count < 0)
                {
                    position = _backlog.First;
                    continue;
                }

                CheckBytes(position, bytes.AsSpan(0, count));
                position += count;
            }
        }

        void AppendAll()
        {
            for (long at = 0; at < 50L * Block; at += 50_000)
            {
                Append(at, 50_000);
            }

            Volatile.Write(ref ends, true);
        }

        Watchdog.Run(60, () => _backlog.End.ToString(), ReadOn, AppendAll);
    }

    private static long Slowest(object owner) => _slowest;

    private static byte ByteAt(long position) => (byte)((position * 31) + (position >> 8) + (position >> 16));

    private static void CheckBytes(long position, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != ByteAt(position + i))
            {
                Assert.Fail("another byte at position " + (position + i));
            }
        }
    }

    private void Begin(long position, long size, long limit)
    {
        _backlog.Limit(size, limit);
        _backlog.Begin(position);
    }

    // In two vectors, as the log's records come.
    private void Append(long position, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = ByteAt(position + i);
        }

        fixed (byte* data = bytes)
        {
            IoVector* vectors = stackalloc IoVector[2];
            vectors[0] = new IoVector { Base = data, Length = (nuint)(length / 3) };
            vectors[1] = new IoVector { Base = data + (length / 3), Length = (nuint)(length - (length / 3)) };
            _backlog.Append(vectors, 2, position);
        }
    }

    private int Read(long position, byte[] into)
    {
        fixed (byte* data = into)
        {
            return _backlog.Read(position, data, into.Length);
        }
    }

    private void Check(long position, int length)
    {
        byte[] bytes = new byte[length];
        Assert.Equal(length, Read(position, bytes));
        CheckBytes(position, bytes);
    }
}
