using System;
using System.Collections.Generic;
using System.IO;

using Epollsrv.Engine;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>Pooled native buffers: what is handed out is apart from everything else, counted, and given back to the kernel.</summary>
public sealed unsafe class BufferPoolTests
{
    private const int SlabBytes = 64 * 1024; // of SlabAllocator, aligned to it

    public static TheoryData<int> Sizes =>
        [1, 63, 64, 65, 96, 97, 128, 1499, 1500, 2048, 4097, 6000, 8192, 8193, 16384, 16385, 65536, 1 << 20, (1 << 20) + 1, 3 << 20];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_buffer_holds_what_was_asked_for_and_little_more(int bytes)
    {
        BufferPool pool = new(1 << 30);
        byte* buffer = pool.Rent(bytes, out int capacity);
        Assert.InRange(capacity, bytes, Math.Max(BufferPool.Smallest, 2 * bytes));
        Assert.Equal(capacity, pool.InUse);
        new Span<byte>(buffer, capacity).Fill(0xA5);
        pool.Return(buffer, capacity);
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Half_a_frame_costs_at_most_two_kilobytes_with_its_share_of_a_slab()
    {
        const int Count = 20_000;
        foreach (int length in (int[])[1, 750, 1025, 1499])
        {
            BufferPool pool = new(1 << 30);
            List<(nint, int)> held = [];
            Fill(pool, held, Count, length);
            long each = ResidentBytes(held) / Count;
            held.ForEach(entry => pool.Return((byte*)entry.Item1, entry.Item2));
            Assert.True(each <= 2048, $"{length} bytes took {each}");
        }
    }

    [Fact]
    public void Buffers_do_not_overlap_and_growing_keeps_the_content()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        BufferPool pool = new(1 << 30);
        List<(nint Address, int Capacity, int Used, byte Mark)> held = [];
        long counted = 0;
        for (int i = 0; i < 20_000; i++)
        {
            int action = random.Next(held.Count < 300 ? 5 : 3);
            if (action >= 2)
            {
                int used = 1 + random.Next(1 << random.Next(1, 15));
                byte* buffer = pool.Rent(used, out int capacity);
                byte mark = (byte)random.Next(256);
                new Span<byte>(buffer, capacity).Fill(mark);
                held.Add(((nint)buffer, capacity, used, mark));
                counted += capacity;
            }
            else if (held.Count > 0)
            {
                int index = random.Next(held.Count);
                (nint address, int capacity, int used, byte mark) = held[index];
                Assert.True(new Span<byte>((byte*)address, used).IndexOfAnyExcept(mark) < 0, $"seed {seed}: overwritten");
                counted -= capacity;
                if (action == 0)
                {
                    pool.Return((byte*)address, capacity);
                    held[index] = held[^1];
                    held.RemoveAt(held.Count - 1);
                }
                else
                {
                    byte* grown = pool.Grow((byte*)address, used, ref capacity, capacity + 1);
                    new Span<byte>(grown + used, capacity - used).Fill(mark);
                    Assert.True(new Span<byte>(grown, used).IndexOfAnyExcept(mark) < 0, $"seed {seed}: lost while growing");
                    counted += capacity;
                    if (capacity > 1 << 18)
                    {
                        pool.Return(grown, capacity);
                        counted -= capacity;
                        held[index] = held[^1];
                        held.RemoveAt(held.Count - 1);
                    }
                    else
                    {
                        held[index] = ((nint)grown, capacity, used, mark);
                    }
                }
            }

            Assert.Equal(counted, pool.InUse);
        }

        held.ForEach(entry => pool.Return((byte*)entry.Address, entry.Capacity));
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    public void A_large_value_is_moved_not_copied_and_given_back()
    {
        BufferPool pool = new(1 << 30);
        byte* buffer = pool.Rent(1 << 20, out int capacity);
        buffer[0] = 1;
        buffer[(1 << 20) - 1] = 2;
        buffer = pool.Grow(buffer, 1 << 20, ref capacity, 100 << 20);
        Assert.InRange(capacity, 100 << 20, 128 << 20);
        Assert.Equal(1, buffer[0]);
        Assert.Equal(2, buffer[(1 << 20) - 1]);
        Assert.Equal(0, buffer[1 << 20]);
        pool.Return(buffer, capacity);
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    public void A_buffer_grows_in_place_up_to_what_was_announced_and_only_what_it_holds_counts()
    {
        BufferPool pool = new(1 << 30);
        byte* buffer = pool.Rent(20_000, out int capacity, 300_000);
        Assert.InRange(capacity, 20_000, 40_000);
        byte* grown = pool.Grow(buffer, 20_000, ref capacity, 300_000, 300_000);
        Assert.True(buffer == grown);
        Assert.InRange(capacity, 300_000, 400_000);
        Assert.Equal(capacity, pool.InUse);
        new Span<byte>(grown, capacity).Fill(1);
        pool.Return(grown, capacity);
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    public void What_is_kept_for_the_next_user_goes_back_to_the_kernel_when_nobody_comes()
    {
        BufferPool pool = new(1 << 30);
        Assert.False(pool.NeedsTrim);
        (nint Address, int Capacity)[] held = new (nint, int)[100];
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < held.Length; i++)
            {
                held[i].Address = (nint)pool.Rent(250_000, out held[i].Capacity);
                *(byte*)held[i].Address = 1;
            }

            Assert.True(pool.NeedsTrim);
            foreach ((nint address, int capacity) in held)
            {
                pool.Return((byte*)address, capacity);
            }
        }

        pool.Trim();
        Assert.True(pool.NeedsTrim, "what was needed since the last look is still kept");
        pool.Trim();
        Assert.False(pool.NeedsTrim);
        byte* buffer = pool.Rent(250_000, out int last);
        *buffer = 2;
        pool.Return(buffer, last);
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Memory_goes_back_to_the_kernel_when_buffers_are_returned()
    {
        BufferPool pool = new(1 << 30);
        List<(nint, int)> held = [];
        Fill(pool, held, 20_000, 1500);
        long most = ResidentBytes(held);
        held.ForEach(entry => pool.Return((byte*)entry.Item1, entry.Item2));
        long left = ResidentBytes(held);
        Assert.True(most > 20_000 * 1500 && left < most / 5, $"{most} bytes were taken, {left} stayed");

        // And what went back is used again, not new address space.
        HashSet<nint> slabs = SlabsOf(held);
        held.Clear();
        Fill(pool, held, 20_000, 1500);
        HashSet<nint> usedAgain = SlabsOf(held);
        usedAgain.IntersectWith(slabs);
        Assert.True(usedAgain.Count > slabs.Count / 2, $"{usedAgain.Count} of {slabs.Count} slabs were used again");
        held.ForEach(entry => pool.Return((byte*)entry.Item1, entry.Item2));
        Assert.Equal(0, pool.InUse);
    }

    [Fact]
    public void The_limit_is_passed_and_kept_by_what_is_handed_out()
    {
        BufferPool pool = new(4096);
        byte* first = pool.Rent(4096, out int one);
        Assert.False(pool.IsOverLimit);
        byte* second = pool.Rent(64, out int two);
        Assert.True(pool.IsOverLimit);
        pool.Return(first, one);
        Assert.False(pool.IsOverLimit);
        pool.Return(second, two);
    }

    [Fact]
    public void Threads_that_rent_here_and_return_there_see_no_buffer_twice()
    {
        BufferPool pool = new(1 << 30);
        nint[] exchange = new nint[64];
        int[] capacities = new int[64];
        object[] locks = new object[64];
        Array.Fill(locks, null!);
        for (int i = 0; i < locks.Length; i++)
        {
            locks[i] = new object();
        }

        Action body = () =>
        {
            Random random = new(Environment.CurrentManagedThreadId);
            for (int i = 0; i < 20_000; i++)
            {
                int place = random.Next(64);
                byte* buffer = pool.Rent(1 + random.Next(12_000), out int capacity);
                *(long*)buffer = (nint)buffer ^ capacity;
                *(long*)(buffer + capacity - 8) = (nint)buffer ^ capacity;
                nint old;
                int oldCapacity;
                lock (locks[place])
                {
                    (old, exchange[place]) = (exchange[place], (nint)buffer);
                    (oldCapacity, capacities[place]) = (capacities[place], capacity);
                }

                if (old != 0)
                {
                    Assert.Equal(old ^ oldCapacity, *(long*)old);
                    Assert.Equal(old ^ oldCapacity, *(long*)(old + oldCapacity - 8));
                    pool.Return((byte*)old, oldCapacity);
                }
            }
        };
        Watchdog.Run(Patience.Milliseconds / 1000, () => pool.InUse + " bytes in use", body, body, body, body);
        for (int i = 0; i < exchange.Length; i++)
        {
            if (exchange[i] != 0)
            {
                pool.Return((byte*)exchange[i], capacities[i]);
            }
        }

        Assert.Equal(0, pool.InUse);
    }

    private static void Fill(BufferPool pool, List<(nint Address, int Capacity)> held, int count, int length)
    {
        for (int i = 0; i < count; i++)
        {
            byte* buffer = pool.Rent(length, out int capacity);
            new Span<byte>(buffer, length).Fill(1);
            held.Add(((nint)buffer, capacity));
        }
    }

    // Resident memory of the slabs that buffers are in: what other tests of the process take does not count.
    private static long ResidentBytes(List<(nint Address, int Capacity)> buffers)
    {
        int page = Environment.SystemPageSize;
        int pages = SlabBytes / page;
        byte[] entries = new byte[pages * sizeof(ulong)];
        using FileStream map = new("/proc/self/pagemap", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        long resident = 0;
        foreach (nint slab in SlabsOf(buffers))
        {
            map.Position = slab / page * sizeof(ulong);
            map.ReadExactly(entries);
            for (int i = 0; i < pages; i++)
            {
                // Bit 63: the page is in memory (pagemap of proc(5)).
                resident += entries[(i * sizeof(ulong)) + 7] >> 7 != 0 ? page : 0;
            }
        }

        return resident;
    }

    private static HashSet<nint> SlabsOf(List<(nint Address, int Capacity)> buffers)
    {
        HashSet<nint> slabs = [];
        foreach ((nint address, _) in buffers)
        {
            slabs.Add(address & -SlabBytes);
        }

        return slabs;
    }
}
