using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Epollsrv.Journal;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Journal;
using Epollsrv.Tests.Unit.Store;
using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Effects as log records.</summary>
public sealed unsafe class RecordWriterTests
{
    private const long Now = 1_700_000_000_000;

    [ThreadStatic]
    private static (int First, int Last) _databases;

    [Fact]
    public void What_no_command_is_given_for_follows_from_the_effect()
    {
        using StoreFixture fixture = new();
        List<string> blocks = Collect(fixture);
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, StoreFixture.Bytes("one"));
        fixture.Set(key, StoreFixture.Bytes("two"), Now + 5);
        _ = fixture.Resize(key, 5, (byte)'!');
        fixture.SetExpiry(key, Now + 7);
        fixture.SetExpiry(key, 0);
        fixture.Delete(key);
        Assert.Equal(
            ["SET key one", "SET key two PXAT 1700000000005", "APPEND key !!", "PEXPIREAT key 1700000000007",
                "PERSIST key", "DEL key"],
            blocks);
    }

    [Fact]
    public void A_group_of_several_is_one_block_between_MULTI_and_EXEC_and_one_of_one_is_bare()
    {
        using StoreFixture fixture = new();
        List<string> blocks = Collect(fixture);
        byte[] first = StoreFixture.Bytes("a");
        byte[] second = StoreFixture.Bytes("b");
        for (int keys = 0; keys <= 2; keys++)
        {
            fixture.Access.LockAll([fixture.Hash(first), fixture.Hash(second)]);
            fixture.Access.Group.Begin(oneRecord: false);
            _ = keys > 0 ? fixture.Set(first, StoreFixture.Bytes("1")) : default;
            _ = keys > 1 ? fixture.Set(second, StoreFixture.Bytes("2")) : default;
            fixture.Access.Group.End();
            fixture.Access.UnlockAll();
        }

        Assert.Equal(["SET a 1", "MULTI|SET a 1|SET b 2|EXEC"], blocks);
    }

    [Fact]
    public void A_command_of_several_keys_is_logged_once_and_as_it_came_if_it_changed_anything()
    {
        using StoreFixture fixture = new();
        List<string> blocks = Collect(fixture);
        byte[] first = StoreFixture.Bytes("a");
        byte[] second = StoreFixture.Bytes("b");
        for (int keys = 0; keys <= 2; keys += 2)
        {
            fixture.Access.LockAll([fixture.Hash(first), fixture.Hash(second)]);
            fixture.Access.Group.Begin(oneRecord: true);
            _ = keys > 0 ? fixture.Set(first, StoreFixture.Bytes("1")) : default;
            _ = keys > 0 ? fixture.Set(second, StoreFixture.Bytes("2")) : default;
            fixture.Access.Group.End();
            fixture.Access.UnlockAll();
        }

        Assert.Equal(["the command"], blocks);
    }

    [Fact]
    public void What_expired_on_the_way_is_logged_before_the_command()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("a");
        fixture.Set(key, StoreFixture.Bytes("1"), Now + 1);
        List<string> blocks = Collect(fixture);
        fixture.Access.Now = Now + 1;
        fixture.Access.LockAll([fixture.Hash(key)]);
        fixture.Access.Group.Begin(oneRecord: true);
        fixture.Set(key, StoreFixture.Bytes("2"));
        fixture.Access.Group.End();
        fixture.Access.UnlockAll();
        Assert.Equal(["MULTI|DEL a|the command|EXEC"], blocks);
    }

    [Fact]
    public void A_block_says_its_first_database_and_selects_the_others_itself()
    {
        using StoreFixture fixture = new();
        List<string> blocks = Collect(fixture);
        byte[] key = StoreFixture.Bytes("a");
        _ = fixture.Access.TrySelect(3);
        fixture.Set(key, StoreFixture.Bytes("1"));
        Assert.Equal((3, 3), _databases);
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        fixture.Access.Group.Begin(oneRecord: false);
        fixture.Set(key, StoreFixture.Bytes("2"));
        _ = fixture.Access.TrySelect(5);
        fixture.Set(key, StoreFixture.Bytes("3"));
        _ = fixture.Access.TryFlush(5, default);
        fixture.Access.Group.End();
        fixture.Access.UnlockAll();
        Assert.Equal((3, 5), _databases);
        _ = fixture.Access.TryFlush(-1, default);
        _ = fixture.Access.TrySwap(1, 2, default);
        Assert.Equal(["SET a 1", "MULTI|SET a 2|SELECT 5|SET a 3|FLUSHDB|EXEC", "FLUSHALL", "SWAPDB 1 2"], blocks);
    }

    /// <summary>Others may write that key before the group's end, and their record must come behind its deletion.</summary>
    [Fact]
    public void A_key_that_a_group_evicts_from_a_partition_it_does_not_hold_is_logged_at_once_and_alone()
    {
        using StoreFixture fixture = new(partitions: 4, maxMemory: 256 * 1024, policy: EvictionPolicy.AllKeysLru);
        int number = 0;
        while (fixture.Store.Counters.Evicted == 0)
        {
            fixture.Set(StoreFixture.Bytes("filler" + number++), new byte[1000]);
        }

        byte[] key = StoreFixture.Bytes("key");
        int own = fixture.Store.PartitionOf(fixture.Hash(key));
        List<string> blocks = Collect(fixture);
        fixture.Access.LockPartitions(1UL << own);
        fixture.Access.Group.Begin(oneRecord: false);
        Assert.Equal(StoreResult.Ok, fixture.Set(key, new byte[100_000]));
        fixture.Access.Group.End();
        fixture.Access.UnlockAll();

        string[] evicted = [.. blocks.SelectMany(block => block.Split('|'))
            .Where(record => record.StartsWith("DEL ", StringComparison.Ordinal))];
        string[] elsewhere = [.. evicted.Where(record => fixture.Store.PartitionOf(fixture.Hash(StoreFixture.Bytes(record[4..]))) != own)];
        Assert.NotEmpty(elsewhere);
        Assert.Equal(elsewhere, blocks[..^1]);
        Assert.Contains("SET key ", blocks[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_group_has_changed_is_logged_when_the_request_is_given_up_before_the_groups_end()
    {
        using StoreFixture fixture = new();
        List<string> blocks = Collect(fixture);
        byte[] key = StoreFixture.Bytes("key");
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        fixture.Access.Group.Begin(oneRecord: false);
        fixture.Set(key, StoreFixture.Bytes("1"));
        fixture.Access.Abort();
        Assert.Equal(["SET key 1"], blocks);
        fixture.Set(key, StoreFixture.Bytes("2"));
        Assert.Equal(["SET key 1", "SET key 2"], blocks);
    }

    private static List<string> Collect(StoreFixture fixture)
    {
        List<string> blocks = [];
        fixture.Access.Journal = new RecordWriter(blocks, &Take, fixture, &TheCommand);
        fixture.Store.Observers->Journal = &RecordWriter.Observe;
        fixture.Store.Observers->GroupEnded = &RecordWriter.EndGroup;
        fixture.Store.Observe(ObserverKinds.Journal, true);
        return blocks;
    }

    // The commands of a block, as words.
    private static long Take(object owner, RecordBlock* block)
    {
        _databases = (block->FirstDatabase, block->LastDatabase);
        string text = Encoding.UTF8.GetString(RecordBytes.Of(block));
        StringBuilder written = new();
        string[] lines = text.Split("\r\n");
        for (int i = 0; i < lines.Length - 1;)
        {
            int count = int.Parse(lines[i].AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
            _ = written.Append(written.Length == 0 ? string.Empty : "|");
            for (int word = 0; word < count; word++)
            {
                _ = written.Append(word == 0 ? string.Empty : " ").Append(lines[i + 2 + (2 * word)]);
            }

            i += 1 + (2 * count);
        }

        ((List<string>)owner).Add(written.ToString());
        return 0;
    }

    private static void TheCommand(object owner, out Argument* arguments, out int count)
    {
        arguments = _arguments;
        count = 2;
    }

    private static readonly Argument* _arguments = MakeCommand();

    private static Argument* MakeCommand()
    {
        Argument* arguments = (Argument*)System.Runtime.InteropServices.NativeMemory.Alloc(2, (nuint)sizeof(Argument));
        ReadOnlySpan<byte> text = "thecommand"u8;
        byte* bytes = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(text));
        arguments[0] = new Argument { Data = bytes, Length = 3 };
        arguments[1] = new Argument { Data = bytes + 3, Length = 7 };
        return arguments;
    }
}
