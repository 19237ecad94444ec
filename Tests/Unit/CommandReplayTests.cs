using System;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Store;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Commands run without a connection, as when a log is read back.</summary>
public sealed unsafe class CommandReplayTests : IDisposable
{
    private readonly ReplayFixture _replay = new();

    public void Dispose() => _replay.Dispose();

    [Fact]
    public void Writes_end_in_the_store()
    {
        Done("SET", "a", "1");
        Done("APPEND", "a", "23");
        Done("MSET", "b", "4", "c", "5");
        Done("RENAME", "b", "d");
        Done("DEL", "c");
        Assert.Equal("123", Get("a"));
        Assert.Null(Get("b"));
        Assert.Null(Get("c"));
        Assert.Equal("4", Get("d"));
    }

    [Fact]
    public void Times_are_set_relative_and_absolute()
    {
        long now = Clock.Wall() / 1_000_000;
        Done("SET", "a", "1");
        Done("SET", "b", "2");
        Done("EXPIRE", "a", "1000");
        Done("PEXPIREAT", "b", (now + 5000).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(ExpiryOf("a"), now + 1_000_000 - 1000, now + 1_000_000 + (long)TimeSpan.FromHours(1).TotalMilliseconds);
        Assert.Equal(now + 5000, ExpiryOf("b"));
    }

    [Fact]
    public void FlushAll_empties_the_store()
    {
        Done("MSET", "a", "1", "b", "2");
        Done("FLUSHALL");
        Assert.Equal(0, _replay.Store.Store.Counters.Keys);
    }

    [Fact]
    public void A_long_value_is_stored_and_its_reply_thrown_away()
    {
        string value = new('x', 1_000_000);
        Done("SET", "a", value);
        Done("GET", "a");
        Done("APPEND", "a", value);
        Assert.Equal(2_000_000, Get("a")!.Length);
    }

    [Fact]
    public void Many_replies_are_thrown_away()
    {
        string value = new('x', 10_000);
        Done("SET", "a", value);
        for (int i = 0; i < 100; i++)
        {
            Done("MGET", "a", "a", "a");
        }
    }

    [Fact]
    public void A_transaction_runs_at_its_end()
    {
        Done("MULTI");
        Done("SET", "a", "1");
        Done("INCR", "a");
        Assert.True(_replay.Replay.IsInTransaction);
        Assert.Null(Get("a"));
        Done("EXEC");
        Assert.False(_replay.Replay.IsInTransaction);
        Assert.Equal("2", Get("a"));
    }

    [Fact]
    public void A_transaction_without_an_end_is_abandoned()
    {
        Done("MULTI");
        Done("SET", "a", "1");
        _replay.Replay.Abandon();
        Done("SET", "b", "1");
        Assert.Null(Get("a"));
        Assert.Equal("1", Get("b"));
        Assert.Equal(0, _replay.Server.Buffers.InUse - sizeof(RespSession));
    }

    [Theory]
    [InlineData("NOSUCH a b", nameof(CommandOutcome.UnknownCommand), "ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ")]
    [InlineData("OBJECT nosuch a", nameof(CommandOutcome.UnknownCommand), "ERR unknown subcommand 'nosuch'. Try OBJECT HELP.")]
    [InlineData("SET a", nameof(CommandOutcome.WrongArity), "ERR wrong number of arguments for 'set' command")]
    [InlineData("OBJECT", nameof(CommandOutcome.WrongArity), "ERR wrong number of arguments for 'object' command")]
    [InlineData("INCR text", nameof(CommandOutcome.Failed), "ERR value is not an integer or out of range")]
    [InlineData("RENAME nosuch b", nameof(CommandOutcome.Failed), "ERR no such key")]
    [InlineData("EXEC", nameof(CommandOutcome.Failed), "ERR EXEC without MULTI")]
    [InlineData("SUBSCRIBE a", nameof(CommandOutcome.NeedsClient), "ERR 'subscribe' is for clients only")]
    [InlineData("AUTH a", nameof(CommandOutcome.NeedsClient), "ERR 'auth' is for clients only")]
    [InlineData("CONFIG SET maxmemory 1", nameof(CommandOutcome.NeedsClient), "ERR 'config|set' is for clients only")]
    [InlineData("CLIENT KILL ID 1", nameof(CommandOutcome.NeedsClient), "ERR 'client|kill' is for clients only")]
    public void What_fails_says_why(string command, string outcome, string error)
    {
        Done("SET", "text", "abc");
        Assert.Equal(outcome, Execute(command.Split(' ')).ToString());
        Assert.Equal(error, _replay.Error);
        Done("SET", "text", "abc");
    }

    [Fact]
    public void An_error_inside_a_transaction_is_told_and_the_rest_stands()
    {
        Done("SET", "text", "abc");
        Done("MULTI");
        Done("INCR", "text");
        Done("SET", "a", "1");
        Assert.Equal(CommandOutcome.Failed, Execute("EXEC"));
        Assert.Equal("ERR value is not an integer or out of range", _replay.Error);
        Assert.Equal("1", Get("a"));
    }

    [Fact]
    public void An_echo_gives_the_fields_of_an_item_to_the_key_of_the_next_command_alone()
    {
        Done("ECHO", "epollsrv:item 5 6 1");
        Assert.True(_replay.Replay.IsUnfinished);
        Done("SET", "a", "1");
        Assert.False(_replay.Replay.IsUnfinished);
        Done("SET", "b", "2");
        Assert.Equal(new ItemFields(5, 6, ItemState.Stale), ItemOf("a"));
        Assert.Equal(default(ItemFields), ItemOf("b"));
        Done("ECHO", "epollsrv:item 0 9 0");
        Done("EXISTS", "b");
        Assert.Equal(new ItemFields(0, 9), ItemOf("b"));
        Done("SET", "b", "3");
        Assert.Equal(default(ItemFields), ItemOf("b"));
        Assert.Equal(9, _replay.Store.Store.Uniques.Last);
    }

    [Fact]
    public void Inside_a_transaction_it_is_the_next_command_there()
    {
        Done("MULTI");
        Done("ECHO", "epollsrv:item 5 6 1");
        Done("SET", "a", "1");
        Done("SET", "b", "2");
        Done("ECHO", "epollsrv:item 5 6 1");
        Done("EXEC");
        Assert.False(_replay.Replay.IsUnfinished);
        Assert.Equal(new ItemFields(5, 6, ItemState.Stale), ItemOf("a"));
        Assert.Equal(default(ItemFields), ItemOf("b"));
    }

    [Fact]
    public void Fields_that_no_key_follows_are_forgotten()
    {
        Done("SET", "a", "1");
        Done("ECHO", "epollsrv:item 5 6 1");
        Done("EXISTS", "missing");
        Done("ECHO", "epollsrv:item 5 6 1");
        Done("SELECT", "0");
        Done("APPEND", "a", "2");
        Done("ECHO", "epollsrv:item 5 6 1");
        _replay.Replay.Abandon();
        Done("APPEND", "a", "3");
        Done("ECHO", "epollsrv:item 5 6 1");
        _replay.Replay.DropItem();
        Done("APPEND", "a", "4");
        Done("ECHO", "epollsrv:item 5 6 1");
        Assert.Equal(CommandOutcome.UnknownCommand, Execute("LPUSH", "a", "1"));
        Assert.False(_replay.Replay.IsUnfinished);
        Done("ECHO", "epollsrv:item 5 6 1");
        Assert.Equal(CommandOutcome.WrongArity, Execute("GET"));
        Done("ECHO", "epollsrv:ite");
        Done("APPEND", "a", "5");
        Assert.Equal(default(ItemFields), ItemOf("a"));
        Assert.Null(ItemOf("missing"));
    }

    [Fact]
    public void Fields_that_are_none_are_an_error_and_the_next_command_does_without_them()
    {
        Assert.Equal(CommandOutcome.Failed, Execute("ECHO", "epollsrv:item 5 6"));
        Assert.Equal("ERR an ECHO of epollsrv:item has no flags, unique and state of an item", _replay.Error);
        Done("SET", "a", "1");
        Assert.Equal(default(ItemFields), ItemOf("a"));
    }

    [Theory]
    [InlineData("APPEND a 1")]
    [InlineData("SETRANGE a 0 1")]
    [InlineData("SETBIT a 0 1")]
    [InlineData("INCR a")]
    [InlineData("INCRBYFLOAT a 1.5")]
    [InlineData("SET a 1 KEEPTTL")]
    [InlineData("GETSET a 1")]
    [InlineData("MSET a 1 b 2")]
    [InlineData("BITOP NOT a a")]
    [InlineData("BITFIELD a SET u8 0 1")]
    public void Any_write_of_a_value_by_a_command_of_Redis_leaves_no_fields(string command)
    {
        Done("ECHO", "epollsrv:item 5 6 1");
        Done("SET", "a", "12");
        Done(command.Split(' '));
        Assert.Equal(default(ItemFields), ItemOf("a"));
    }

    [Fact]
    public void What_changes_no_value_keeps_them_and_another_name_or_database_keeps_the_flags()
    {
        ItemFields item = new(5, 6, ItemState.Stale);
        Done("ECHO", "epollsrv:item 5 6 1");
        Done("SET", "a", "12");
        Done("PEXPIREAT", "a", "99999999999999");
        Done("GETEX", "a", "PERSIST");
        Done("TOUCH", "a");
        Assert.Equal(item, ItemOf("a"));
        Done("COPY", "a", "b");
        Done("RENAME", "b", "c");
        Done("COPY", "a", "d", "DB", "3");
        Assert.Equal(item, ItemOf("a"));
        Assert.Equal(new ItemFields(5), ItemOf("c"));
        Done("SELECT", "3");
        Done("RENAME", "d", "e");
        Done("MOVE", "e", "0");
        Assert.Equal(new ItemFields(5), ItemOf("e"));
    }

    private void Done(params string[] words) => _replay.Done(words);

    private CommandOutcome Execute(params string[] words) => _replay.Execute(words);

    private string? Get(string key)
    {
        byte[]? value = _replay.Store.Get(StoreFixture.Bytes(key));
        return value == null ? null : Encoding.ASCII.GetString(value);
    }

    private ItemFields? ItemOf(string key) => _replay.Store.ItemOf(StoreFixture.Bytes(key));

    private long ExpiryOf(string key) => _replay.Store.ExpiryOf(StoreFixture.Bytes(key));
}
