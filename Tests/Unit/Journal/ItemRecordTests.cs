using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Epollsrv.Journal;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>Flags and uniques of memcached's items as records of the log, and read back.</summary>
public sealed unsafe class ItemRecordTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StoreFixture _source = new();
    private readonly List<byte[]> _blocks = [];

    public void Dispose()
    {
        _source.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_write_with_them_has_an_echo_in_front_and_what_changes_them_alone_stands_in_front_of_EXISTS()
    {
        Observe();
        byte[] key = StoreFixture.Bytes("key");
        byte[] value = StoreFixture.Bytes("v");
        _source.Put(key, value, new ItemFields(32));
        _source.Put(key, value, new ItemFields(32, ulong.MaxValue, ItemState.Stale), 1_800_000_000_000);
        _source.Edit(key, 1, keepsClientFlags: true);
        _source.Edit(key, 1, keepsClientFlags: false);
        _source.SetItem(key, new ItemFields(0, 5, ItemState.WinSent));
        _source.SetItem(key, default);
        ulong unique = _source.AssignUnique(key).Unique;
        _source.SetExpiry(key, 0);
        _source.Set(key, value);
        Assert.Equal(
            ["ECHO|epollsrv:item 32 0 0 SET|key|v",
                "ECHO|epollsrv:item 32 18446744073709551615 1 SET|key|v|PXAT|1800000000000",
                "ECHO|epollsrv:item 32 0 0 SET|key|v|PXAT|1800000000000", "SET|key|v|PXAT|1800000000000",
                "ECHO|epollsrv:item 0 5 2 EXISTS|key", "ECHO|epollsrv:item 0 0 0 EXISTS|key",
                "ECHO|epollsrv:item 0 " + unique + " 0 EXISTS|key", "PERSIST|key", "SET|key|v"],
            _blocks.Select(Show));
    }

    [Fact]
    public void What_is_added_behind_a_value_is_an_APPEND_and_what_is_put_in_front_of_it_is_a_SET()
    {
        Observe();
        byte[] key = StoreFixture.Bytes("key");
        _source.Put(key, StoreFixture.Bytes("v"), new ItemFields(32, 5, ItemState.Stale), 1_800_000_000_000);
        _source.Extend(key, StoreFixture.Bytes("w"), isAppend: true);
        _source.Extend(key, StoreFixture.Bytes("u"), isAppend: false);
        _source.Set(key, StoreFixture.Bytes(""));
        _source.Extend(key, StoreFixture.Bytes("a"), isAppend: true);
        _source.Extend(key, StoreFixture.Bytes("b"), isAppend: true);
        _source.Extend(key, StoreFixture.Bytes(""), isAppend: true);
        Assert.Equal(
            ["ECHO|epollsrv:item 32 5 1 SET|key|v|PXAT|1800000000000", "ECHO|epollsrv:item 32 0 0 APPEND|key|w",
                "ECHO|epollsrv:item 32 0 0 SET|key|uvw|PXAT|1800000000000", "SET|key|", "SET|key|a", "APPEND|key|b", "APPEND|key|"],
            _blocks.Select(Show));
    }

    /// <summary>When the log cannot be written, whoever has written is closed, and whoever has only looked is answered.</summary>
    [Fact]
    public void Who_asks_for_a_unique_waits_for_the_record_but_has_not_written()
    {
        Observe();
        _source.Store.Positions = new PositionTable();
        byte[] key = StoreFixture.Bytes("key");
        _source.Set(key, key);
        _ = _source.Access.ObservedPosition(forget: true);
        _ = _source.AssignUnique(key);
        Assert.Equal(2, _source.Access.Observed.Value);
        Assert.False(_source.Access.Observed.HasWritten);
        _source.SetItem(key, new ItemFields(1));
        Assert.True(_source.Access.Observed.HasWritten);
    }

    [Fact]
    public void In_a_group_the_echo_stands_in_front_of_its_command()
    {
        Observe();
        byte[] first = StoreFixture.Bytes("a");
        byte[] second = StoreFixture.Bytes("b");
        _source.Access.LockAll([_source.Hash(first), _source.Hash(second)]);
        _source.Access.Group.Begin(oneRecord: false);
        _source.Put(first, first, new ItemFields(1));
        _source.Put(second, second, new ItemFields(2));
        _source.Access.Group.End();
        _source.Access.UnlockAll();
        Assert.Equal("MULTI ECHO|epollsrv:item 1 0 0 SET|a|a ECHO|epollsrv:item 2 0 0 SET|b|b EXEC", Show(Assert.Single(_blocks)));
        using ReplayFixture target = new();
        Replay(target, File(_blocks.Count));
        Assert.Equal(new ItemFields(1), target.Store.ItemOf(first));
        Assert.Equal(new ItemFields(2), target.Store.ItemOf(second));
    }

    [Fact]
    public void A_file_that_is_cut_anywhere_gives_a_state_that_there_was()
    {
        Observe();
        byte[] key = StoreFixture.Bytes("key");
        List<string> states = [State(_source, key)];
        Do(() => _source.Put(key, StoreFixture.Bytes("one"), new ItemFields(7)));
        Do(() => _source.AssignUnique(key));
        Do(() => _source.Put(key, new byte[50_000], new ItemFields(8, 9)));
        Do(() => _source.Extend(key, StoreFixture.Bytes("end"), isAppend: true));
        Do(() => _source.Edit(key, 3, keepsClientFlags: true));
        Do(() => _source.Set(key, StoreFixture.Bytes("two")));
        Do(() => _source.SetItem(key, new ItemFields(0, 0, ItemState.Stale)));
        Assert.Equal(states.Count - 1, _blocks.Count);
        byte[] file = File(_blocks.Count);
        using ReplayFixture target = new();
        for (int length = 0; length <= file.Length; length += InLongValue(file, length) ? 997 : 1)
        {
            target.Done("FLUSHALL");
            int blocks = Replay(target, file[..length]);
            Assert.Equal(states[blocks], State(target.Store, key));
        }

        void Do(Action change)
        {
            change();
            states.Add(State(_source, key));
        }
    }

    [Theory]
    [InlineData(nameof(CommandSource.Loader))]
    [InlineData(nameof(CommandSource.Master))]
    public void Random_changes_read_back_are_the_same(string reader)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        Observe();
        byte[][] keys = [.. Enumerable.Range(0, 30).Select(number => StoreFixture.Bytes("key" + number))];
        for (int i = 0; i < 2000; i++)
        {
            byte[] key = keys[random.Next(keys.Length)];
            byte[] value = new byte[random.Next(20) == 0 ? random.Next(60_000) : random.Next(100)];
            random.NextBytes(value);
            ItemFields item = new((uint)random.Next(3), (ulong)random.Next(3), (ItemState)random.Next(4));
            long expiry = random.Next(2) == 0 ? 0 : 1_800_000_000_000 + random.Next(100);
            switch (random.Next(8))
            {
                case 7:
                    if (_source.ItemOf(key) is not null)
                    {
                        _source.Extend(key, value.AsSpan(0, Math.Min(value.Length, 3000)).ToArray(), random.Next(3) != 0);
                    }

                    break;
                case 0:
                    _source.Set(key, value, expiry);
                    break;
                case 1 or 2:
                    _source.Put(key, value, item, expiry);
                    break;
                case 3:
                    _source.SetItem(key, item);
                    break;
                case 4:
                    _ = _source.Edit(key, value.Length, random.Next(2) == 0);
                    break;
                case 5:
                    _source.SetExpiry(key, expiry);
                    break;
                default:
                    _ = random.Next(3) == 0 ? _source.Delete(key) : _source.ItemOf(key) is not null && _source.TryAssignUnique(key);
                    break;
            }
        }

        using ReplayFixture target = new(Enum.Parse<CommandSource>(reader));
        Assert.Equal(_blocks.Count, Replay(target, File(_blocks.Count)));
        Assert.False(target.Replay.IsUnfinished);
        Assert.All(keys, key =>
        {
            Assert.Equal(_source.Get(key), target.Store.Get(key));
            Assert.Equal(_source.ItemOf(key), target.Store.ItemOf(key));
            Assert.Equal(_source.ExpiryOf(key), target.Store.ExpiryOf(key));
        });
        Assert.True(target.Store.Store.Uniques.Next() > (ulong)_source.Store.Uniques.Last);
    }

    // A value's bytes take long, and a cut among them is like any other.
    private static bool InLongValue(byte[] file, int at) =>
        at > 10 && at + 1000 < file.Length && !file.AsSpan(at - 10, 1010).ContainsAnyExcept((byte)0);

    private void Observe()
    {
        _source.Access.Journal = new RecordWriter(_blocks, &Take, this, &NoCommand);
        _source.Store.Observers->Journal = &RecordWriter.Observe;
        _source.Store.Observers->GroupEnded = &RecordWriter.EndGroup;
        _source.Store.Observe(ObserverKinds.Journal, true);
    }

    // The first blocks as a file of the log.
    private byte[] File(int blocks)
    {
        MemoryStream file = new();
        long position = 0;
        foreach (byte[] block in _blocks.Take(blocks))
        {
            file.Write(LogBytes.Block(block, position));
            position += block.Length;
        }

        return file.ToArray();
    }

    // Answers how many blocks were whole.
    private int Replay(ReplayFixture target, byte[] file)
    {
        System.IO.File.WriteAllBytes(_folder["log"], file);
        using LogReader reader = LogReader.Open(_folder["log"], 0, 0, out int error) ?? throw new IOException("error " + error);
        while (reader.Next() == LogStep.Record)
        {
            Assert.Equal(CommandOutcome.Done, target.Replay.Execute(reader.Arguments, reader.Count));
        }

        return (int)reader.Blocks;
    }

    private static string State(StoreFixture store, byte[] key) => store.ItemOf(key) is not { } item ? "none"
        : Encoding.Latin1.GetString(store.Get(key)!) + " " + item.ClientFlags + " " + item.Unique + " " + item.State;

    private static string Show(byte[] block)
    {
        string[] lines = Encoding.Latin1.GetString(block).Split("\r\n");
        List<string> commands = [];
        for (int i = 0; i < lines.Length - 1;)
        {
            int count = int.Parse(lines[i].AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
            commands.Add(string.Join('|', Enumerable.Range(0, count).Select(word => lines[i + 2 + (2 * word)])));
            i += 1 + (2 * count);
        }

        return string.Join(' ', commands);
    }

    private static long Take(object owner, RecordBlock* block)
    {
        List<byte[]> blocks = (List<byte[]>)owner;
        blocks.Add(RecordBytes.Of(block));
        return blocks.Count;
    }

    private static void NoCommand(object owner, out Argument* arguments, out int count) => throw new InvalidOperationException();
}
