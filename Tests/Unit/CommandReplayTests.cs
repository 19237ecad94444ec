using System;
using System.Runtime.InteropServices;
using System.Text;

using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Tests.Unit.Store;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Commands run without a connection, as when a log is read back.</summary>
public sealed unsafe class CommandReplayTests : IDisposable
{
    private readonly StoreFixture _fixture = new();
    private readonly Server _server;
    private readonly CommandReplay _replay;

    public CommandReplayTests()
    {
        ServerOptions options = new() { MaxClients = 16 };
        Assert.True(SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address));
        options.ListenOn(address);
        _server = new Server(options);
        RespCommon node = new(new ProtocolCommon(_fixture.Store, new ProtocolOptions { Password = [1] }), new RespOptions());
        _replay = new CommandReplay(node, _server, CommandSource.Loader);
    }

    public void Dispose()
    {
        // It closes its descriptors at the end of a run.
        Assert.True(_server.Listen(out string complaint), complaint);
        _server.RequestStop();
        Assert.Equal(0, _server.Run());
        _fixture.Dispose();
    }

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
        Assert.Equal(0, _fixture.Store.Counters.Keys);
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
        Assert.True(_replay.IsInTransaction);
        Assert.Null(Get("a"));
        Done("EXEC");
        Assert.False(_replay.IsInTransaction);
        Assert.Equal("2", Get("a"));
    }

    [Fact]
    public void A_transaction_without_an_end_is_abandoned()
    {
        Done("MULTI");
        Done("SET", "a", "1");
        _replay.Abandon();
        Done("SET", "b", "1");
        Assert.Null(Get("a"));
        Assert.Equal("1", Get("b"));
        Assert.Equal(0, _server.Buffers.InUse - sizeof(RespSession));
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
        Assert.Equal(error, Encoding.ASCII.GetString(_replay.Error));
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
        Assert.Equal("ERR value is not an integer or out of range", Encoding.ASCII.GetString(_replay.Error));
        Assert.Equal("1", Get("a"));
    }

    private void Done(params string[] words)
    {
        CommandOutcome outcome = Execute(words);
        Assert.Equal(string.Empty, Encoding.ASCII.GetString(_replay.Error));
        Assert.Equal(CommandOutcome.Done, outcome);
    }

    private CommandOutcome Execute(params string[] words)
    {
        Argument* arguments = (Argument*)NativeMemory.Alloc((nuint)(words.Length * sizeof(Argument)));
        for (int i = 0; i < words.Length; i++)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(words[i]);
            arguments[i].Length = bytes.Length;
            arguments[i].Data = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 16);
            bytes.CopyTo(new Span<byte>(arguments[i].Data, bytes.Length));
        }

        CommandOutcome outcome = _replay.Execute(arguments, words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            NativeMemory.Free(arguments[i].Data);
        }

        NativeMemory.Free(arguments);
        return outcome;
    }

    private string? Get(string key)
    {
        byte[]? value = _fixture.Get(StoreFixture.Bytes(key));
        return value == null ? null : Encoding.ASCII.GetString(value);
    }

    private long ExpiryOf(string key) => _fixture.ExpiryOf(StoreFixture.Bytes(key));
}
