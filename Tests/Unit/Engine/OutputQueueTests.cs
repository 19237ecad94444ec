using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;

using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Tests.Integration;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>Queued output of every kind over a socket with tiny buffers: every byte once, in order, and everything given back.</summary>
public sealed unsafe class OutputQueueTests : IDisposable
{
    private static readonly List<nint> _released = [];

    private readonly BufferPool _pool = new(1 << 30);
    private readonly TemporaryFolder _folder = new();
    private readonly List<byte> _expected = [];
    private readonly ConnectionSlot* _slot = (ConnectionSlot*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(ConnectionSlot.Size);

    public void Dispose()
    {
        OutputQueue.Clear(_pool, _slot);
        Assert.Equal(0, _pool.InUse);
        _folder.Dispose();
        System.Runtime.InteropServices.NativeMemory.Free(_slot);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_kind_of_segment_arrives_whole_and_in_order_through_a_narrow_socket(int seed)
    {
        Random random = new(seed);
        using SocketPair pair = new(4096);
        _slot->Descriptor = pair.First;
        byte[] lasting = Bytes(random, 200_000);
        fixed (byte* reference = lasting)
        {
            lock (_released)
            {
                _released.Clear();
                List<nint> owners = [];
                List<byte> received = [];
                for (int i = 0; i < 60; i++)
                {
                    AppendSomething(random, reference, lasting, owners);
                    if (random.Next(4) == 0)
                    {
                        Pump(pair, received, random.Next(1, 100_000), toTheEnd: false);
                    }
                }

                Pump(pair, received, long.MaxValue, toTheEnd: true);
                Assert.Equal(_expected.Count, received.Count);
                Assert.True(_expected.ToArray().AsSpan().SequenceEqual(received.ToArray()));
                Assert.Equal(owners, _released);
                Assert.Equal(0, _slot->OutputBytes);
                Assert.Equal(0, _slot->Held);
                Assert.Equal(ConnectionFlags.None, _slot->Flags & ConnectionFlags.FileOutput);
            }
        }
    }

    [Fact]
    public void A_turns_share_ends_the_flush_before_the_socket_is_full()
    {
        using SocketPair pair = new();
        _slot->Descriptor = pair.First;
        Append(new byte[300_000]);
        Append(new byte[300_000]);
        Assert.Equal(OutputSender.Result.Budget, OutputSender.Flush(_pool, _slot, 1, 0, out long sent, out _));
        Assert.InRange(sent, 1, 600_000 - 1);
        Assert.Equal(600_000 - sent, _slot->OutputBytes);
    }

    [Fact]
    public void Short_pieces_share_a_segment()
    {
        for (int i = 0; i < 1000; i++)
        {
            Append(new byte[10]);
        }

        Assert.Equal(10_000, _slot->OutputBytes);
        Assert.Equal(_pool.InUse, _slot->Held);
        Assert.InRange(_pool.InUse, 10_000, 140_000);
    }

    [Fact]
    public void A_file_cut_short_while_it_is_sent_breaks_the_connection()
    {
        using SocketPair pair = new(4096);
        _slot->Descriptor = pair.First;
        string path = _folder.Write("file", new string('x', 1 << 20));
        OutputQueue.AppendFile(_pool, _slot, Files.Open(path, Files.ReadOnly), 0, 1 << 20);
        Assert.NotEqual(ConnectionFlags.None, _slot->Flags & ConnectionFlags.FileOutput);
        List<byte> received = [];
        Assert.Equal(OutputSender.Result.Blocked, Flush());
        using (FileStream file = new(path, FileMode.Open))
        {
            file.SetLength(100);
        }

        for (int i = 0; i < 10_000; i++)
        {
            Receive(pair, received);
            OutputSender.Result result = Flush();
            if (result == OutputSender.Result.Broken)
            {
                return;
            }

            Assert.Equal(OutputSender.Result.Blocked, result);
        }

        Assert.Fail("sent more than there is");
    }

    [Fact]
    public void A_peer_that_is_gone_breaks_the_connection_and_nothing_leaks()
    {
        using SocketPair pair = new(4096);
        _slot->Descriptor = pair.First;
        Append(new byte[1 << 20]);
        Assert.Equal(OutputSender.Result.Blocked, Flush());
        Socket.ResetOnClose(pair.Second);
        pair.CloseSecond();
        Assert.Equal(OutputSender.Result.Broken, Flush());
    }

    [Fact]
    public void Clearing_releases_references_and_closes_files()
    {
        string path = _folder.Write("file");
        int file = Files.Open(path, Files.ReadOnly);
        byte one = 1;
        lock (_released)
        {
            _released.Clear();
            OutputQueue.AppendReference(_pool, _slot, &one, 1, 77, &Release, held: 1 << 20);
            Assert.InRange(_slot->Held, 1 << 20, (1 << 20) + 100);
            OutputQueue.AppendFile(_pool, _slot, file, 0, 4);
            OutputQueue.Clear(_pool, _slot);
            Assert.Equal(0, _slot->Held);
            Assert.Equal([77], _released);
        }

        Assert.NotEqual(path, TargetOf(file));
        Assert.Equal(0, _pool.InUse);
    }

    [Fact]
    public void Only_what_lies_in_memory_may_be_sent_by_the_loop()
    {
        string path = _folder.Write("file", new string('x', 1 << 20));
        using (FileStream file = new(path, FileMode.Open))
        {
            file.Flush(flushToDisk: true); // only clean pages can be dropped
        }

        int descriptor = Files.Open(path, Files.ReadOnly);
        OutputQueue.AppendFile(_pool, _slot, descriptor, 0, 1 << 20);
        if (!Files.IsResident(descriptor, 0))
        {
            // A file system that cannot tell (tmpfs): a worker sends.
            Assert.False(OutputSender.IsNextResident(_slot));
            return;
        }

        Assert.True(OutputSender.IsNextResident(_slot));
        NodeUnderTest.Until(() => !IsResidentAfterDrop(path), "the file is not in memory");
        Assert.Equal(1 << 20, File.ReadAllBytes(path).Length);
        Assert.True(OutputSender.IsNextResident(_slot));
    }

    // The kernel keeps pages that are in use for a moment, or that a processor has not yet put into the lists of pages.
    private bool IsResidentAfterDrop(string path)
    {
        using Process dd = Process.Start("dd", ["if=" + path, "iflag=nocache", "count=0", "status=none"]);
        Assert.True(dd.WaitForExit(Patience.Milliseconds));
        Assert.Equal(0, dd.ExitCode);
        return OutputSender.IsNextResident(_slot);
    }

    private static void Release(BufferPool pool, nint owner) => _released.Add(owner);

    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private void AppendSomething(Random random, byte* reference, byte[] lasting, List<nint> owners)
    {
        int length = 1 + random.Next(1 << random.Next(1, 18));
        switch (random.Next(4))
        {
            case 0 or 1:
                Append(Bytes(random, length), random.Next(5) == 0);
                break;
            case 2:
                length = Math.Min(length, lasting.Length);
                nint owner = owners.Count + 1;
                owners.Add(owner);
                OutputQueue.AppendReference(_pool, _slot, reference, length, owner, &Release);
                _expected.AddRange(lasting[..length]);
                break;
            default:
                byte[] content = Bytes(random, length + 10);
                string path = _folder[Guid.NewGuid().ToString()];
                File.WriteAllBytes(path, content);
                int file = Files.Open(path, Files.ReadOnly);
                Assert.True(file >= 0);
                OutputQueue.AppendFile(_pool, _slot, file, 7, length);
                _expected.AddRange(content[7..(7 + length)]);
                break;
        }
    }

    private void Append(byte[] bytes, bool endsRecord = false, long position = 0)
    {
        fixed (byte* data = bytes)
        {
            OutputQueue.Append(_pool, _slot, data, bytes.Length, position, endsRecord);
        }

        _expected.AddRange(bytes);
    }

    // Null: not open. Other tests open and close descriptors meanwhile, also one of this number.
    private static string? TargetOf(int descriptor)
    {
        try
        {
            return File.ResolveLinkTarget("/proc/self/fd/" + descriptor, false)?.FullName;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private OutputSender.Result Flush(long durable = 0) => OutputSender.Flush(_pool, _slot, 1 << 30, durable, out _, out _);

    private void Pump(SocketPair pair, List<byte> received, long bytes, bool toTheEnd)
    {
        long until = Math.Min(_expected.Count, received.Count + bytes);
        long deadline = Environment.TickCount64 + Patience.Milliseconds;
        while (toTheEnd ? received.Count < _expected.Count : received.Count < until)
        {
            OutputSender.Result result = OutputSender.Flush(_pool, _slot, 50_000, 0, out _, out _);
            Assert.NotEqual(OutputSender.Result.Broken, result);
            Receive(pair, received);
            Assert.True(Environment.TickCount64 < deadline, "no progress");
        }
    }

    private static void Receive(SocketPair pair, List<byte> received)
    {
        byte* buffer = stackalloc byte[3000];
        PollEntry entry = new() { Descriptor = pair.Second, Events = PollEntry.In };
        _ = Descriptor.Poll(&entry, 1, 50);
        nint count = Socket.Receive(pair.Second, buffer, 3000);
        if (count > 0)
        {
            received.AddRange(new Span<byte>(buffer, (int)count));
        }
    }
}
