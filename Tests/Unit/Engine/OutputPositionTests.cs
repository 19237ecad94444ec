using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

using Epollsrv.Engine;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>Queued output that waits for positions of the log: in order, nothing
/// early, and only what has the same position shares a segment.</summary>
public sealed unsafe class OutputPositionTests : IDisposable
{
    private const int Highest = 6;

    private readonly BufferPool _pool = new(1 << 30);
    private readonly TemporaryFolder _folder = new();
    private readonly SocketPair _pair = new();
    private readonly ConnectionSlot* _slot = (ConnectionSlot*)NativeMemory.AllocZeroed(ConnectionSlot.Size);

    public OutputPositionTests() => _slot->Descriptor = _pair.First;

    public void Dispose()
    {
        OutputQueue.Clear(_pool, _slot);
        Assert.Equal(0, _pool.InUse);
        Assert.Equal(0, _slot->Held);
        NativeMemory.Free(_slot);
        _pair.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Bytes_of_different_positions_never_share_a_segment()
    {
        foreach (int position in (int[])[0, 0, 1, 1, 0, 2, 2])
        {
            Append(position, 1);
        }

        List<(long Position, long Length)> segments = [];
        for (OutputSegment* segment = _slot->OutputHead; segment != null; segment = segment->Next)
        {
            segments.Add((segment->Position, segment->Length));
        }

        Assert.Equal([(0, 2), (1, 2), (0, 1), (2, 2)], segments);
    }

    [Fact]
    public void What_waits_for_a_later_position_holds_back_what_is_behind_it_and_not_what_is_before()
    {
        Append(1, 10);
        Append(3, 10);
        Append(0, 10);
        AssertFlushes(OutputSender.Result.Held, 0, 0);
        AssertFlushes(OutputSender.Result.Held, 2, 10);
        AssertFlushes(OutputSender.Result.Held, 2, 0);
        AssertFlushes(OutputSender.Result.Empty, 3, 20);
    }

    [Fact]
    public void References_and_files_wait_like_bytes()
    {
        byte one = 1;
        int file = Files.Open(_folder.Write("file", "12345"), Files.ReadOnly);
        Assert.True(OutputQueue.AppendReference(_pool, _slot, &one, 1, 7, &Release, 0, 1));
        Assert.True(OutputQueue.AppendFile(_pool, _slot, file, 0, 5, position: 2));
        AssertFlushes(OutputSender.Result.Held, 0, 0);
        AssertFlushes(OutputSender.Result.Held, 1, 1);
        Assert.NotEqual(ConnectionFlags.None, _slot->Flags & ConnectionFlags.FileOutput);
        AssertFlushes(OutputSender.Result.Empty, 2, 5);
        Assert.Equal(ConnectionFlags.None, _slot->Flags & ConnectionFlags.FileOutput);
    }

    [Fact]
    public void The_flags_of_a_segment_and_its_capacity_share_a_word()
    {
        OutputSegment* segment = OutputSegment.TryLink(_pool, _slot, 100, 5);
        int capacity = segment->Capacity;
        Assert.Equal(_pool.InUse, capacity);
        Assert.False(segment->EndsRecord || segment->KeepsFile);
        segment->KeepsFile = true;
        Assert.True(segment->KeepsFile && !segment->EndsRecord && segment->Capacity == capacity);
        segment->EndsRecord = true;
        segment->KeepsFile = false;
        Assert.True(segment->EndsRecord && !segment->KeepsFile && segment->Capacity == capacity);
        Assert.Equal(5, segment->Position);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Random_output_leaves_in_order_and_never_before_its_position()
    {
        Random random = new(TestSeed.Choose());
        for (int round = 0; round < 200; round++)
        {
            List<int> positions = [];
            for (int i = random.Next(1, 40); i > 0; i--)
            {
                int position = random.Next(Highest);
                int length = random.Next(1, 300);
                Append(position, length);
                for (int k = 0; k < length; k++)
                {
                    positions.Add(position);
                }
            }

            int received = 0;
            for (int durable = 0; durable < Highest; durable++)
            {
                _ = OutputSender.Flush(_pool, _slot, 1 << 30, durable, out long sent, out _);
                int allowed = received;
                while (allowed < positions.Count && positions[allowed] <= durable)
                {
                    allowed++;
                }

                Assert.Equal(allowed - received, sent);
                for (; received < allowed; received++)
                {
                    byte got;
                    Assert.Equal(1, Socket.Receive(_pair.Second, &got, 1));
                    Assert.Equal(positions[received], got);
                }
            }

            Assert.Equal(positions.Count, received);
            Assert.True(_slot->OutputHead == null);
        }
    }

    private static void Release(BufferPool pool, nint owner)
    {
    }

    private void Append(int position, int length)
    {
        Span<byte> bytes = stackalloc byte[length];
        bytes.Fill((byte)position);
        fixed (byte* data = bytes)
        {
            Assert.True(OutputQueue.Append(_pool, _slot, data, length, position));
        }
    }

    private void AssertFlushes(OutputSender.Result result, long durable, long bytes)
    {
        Assert.Equal(result, OutputSender.Flush(_pool, _slot, 1 << 30, durable, out long sent, out _));
        Assert.Equal(bytes, sent);
    }
}
