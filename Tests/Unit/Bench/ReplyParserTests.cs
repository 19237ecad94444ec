using System;
using System.Runtime.InteropServices;
using System.Text;

using Epollsrv.Bench;

using Xunit;

namespace Epollsrv.Tests.Unit.Bench;

/// <summary>Replies in whatever pieces: counted, and the bad ones named.</summary>
public sealed unsafe class ReplyParserTests
{
    private const string Value = "abcde";

    // r: a read that hits, m: one that misses, w: a write, e: a read and E: a write that the server refuses, s: a value of another size.
    private const string Script = "rwmrreEwsrmw";

    [Theory]
    [InlineData("Resp")]
    [InlineData("Cs")]
    [InlineData("Http")]
    [InlineData("Memcached")]
    [Trait("Speed", "Slow")]
    public void Replies_split_at_every_byte_are_counted_alike(string name)
    {
        BenchProtocol protocol = Enum.Parse<BenchProtocol>(name);
        byte[] replies = Replies(protocol, Script);
        int step = protocol == BenchProtocol.Cs ? 61 : 1; // 61: prime to a frame's 1,500 bytes
        for (int first = 0; first <= replies.Length; first += step)
        {
            for (int second = first; second <= replies.Length; second += 1 + (step * 7))
            {
                Check(protocol, replies, first, second);
            }
        }

        Check(protocol, replies, 0, 0, single: true);
    }

    [Theory]
    [InlineData("Resp", "$5\r\nabcdX\r\n")]
    [InlineData("Resp", "$4\r\nabcd\r\n")]
    [InlineData("Http", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcdX")]
    [InlineData("Http", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd")]
    [InlineData("Memcached", "VALUE key:000000000000 0 5\r\nabcdX\r\nEND\r\n")]
    public void Another_value_is_an_error_only_when_values_are_checked(string protocol, string reply)
    {
        foreach (bool verify in new[] { false, true })
        {
            using Harness harness = new(Enum.Parse<BenchProtocol>(protocol), verify, "r");
            Assert.Equal(1, harness.Take(Encoding.Latin1.GetBytes(reply)));
            Assert.Equal(verify ? 1 : 0, harness.Parser.Errors);
        }
    }

    [Theory]
    [InlineData("Resp", "HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("Resp", "$x\r\nabc\r\n")]
    [InlineData("Resp", "$00000000000000000000000000000")]
    [InlineData("Cs", "-ERR unknown command\r\n")]
    [InlineData("Http", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("Http", "HTTP/2.0 ")]
    [InlineData("Memcached", "VALUE key:000000000000 0 x\r\nabcdef\r\nEND\r\n")]
    public void What_is_no_reply_of_the_protocol_ends_the_run_and_is_shown(string protocol, string reply)
    {
        using Harness harness = new(Enum.Parse<BenchProtocol>(protocol), false, "r");
        Assert.Equal(-1, harness.Take(Encoding.Latin1.GetBytes(reply)));
        Assert.Contains(reply[..Math.Min(8, reply.IndexOf('\r') is > 0 and int line ? line : 8)], harness.Parser.FirstError!,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_without_an_end_ends_the_run()
    {
        using Harness harness = new(BenchProtocol.Http, false, "r");
        Assert.Equal(-1, harness.Take(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nX: " + new string('x', 5000))));
    }

    [Fact]
    public void More_answers_than_questions_end_the_run()
    {
        using Harness harness = new(BenchProtocol.Resp, false, "w");
        Assert.Equal(-1, harness.Take("+OK\r\n+OK\r\n"u8.ToArray()));
        Assert.Contains("more than it was asked", harness.Parser.FirstError!, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_of_the_other_kind_is_an_error()
    {
        using Harness harness = new(BenchProtocol.Resp, false, "wr");
        Assert.Equal(2, harness.Take("$5\r\nabcde\r\n+OK\r\n"u8.ToArray()));
        Assert.Equal(2, harness.Parser.Errors);
    }

    [Fact]
    public void A_value_too_long_for_a_CS_frame_is_an_error_and_no_miss()
    {
        using Harness harness = new(BenchProtocol.Cs, false, "r");
        byte[] frame = new byte[1500];
        "CS\u0002\u0004\u0001k\u00ff"u8[..6].CopyTo(frame);
        frame[6] = 255;
        Assert.Equal(1, harness.Take(frame));
        Assert.Equal(1, harness.Parser.Errors);
        Assert.Equal(0, harness.Parser.Misses);
    }

    [Fact]
    public void A_value_of_a_megabyte_comes_in_pieces()
    {
        using Harness harness = new(BenchProtocol.Resp, false, "rw");
        byte[] value = new byte[1 << 20];
        Assert.Equal(0, harness.Take("$1048576\r\n"u8.ToArray()));
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(0, harness.Take(value[..(1 << 16)]));
        }

        Assert.Equal(2, harness.Take("\r\n+OK\r\n"u8.ToArray()));
        Assert.Equal(0, harness.Parser.Errors);
    }

    private static void Check(BenchProtocol protocol, byte[] replies, int first, int second, bool single = false)
    {
        using Harness harness = new(protocol, false, Script);
        int done = 0;
        if (single)
        {
            foreach (byte letter in replies)
            {
                done += harness.Take([letter]);
            }
        }
        else
        {
            done += harness.Take(replies[..first]);
            done += harness.Take(replies[first..second]);
            done += harness.Take(replies[second..]);
        }

        Assert.Equal(Script.Length, done);
        Assert.Equal(2, harness.Parser.Errors);
        Assert.Equal(2, harness.Parser.Misses);
        Assert.NotNull(harness.Parser.FirstError);
    }

    private static byte[] Replies(BenchProtocol protocol, string script)
    {
        StringBuilder text = new();
        foreach (char what in script)
        {
            bool isWrite = what is 'w' or 'E';
            _ = text.Append(protocol switch
            {
                BenchProtocol.Resp => what switch
                {
                    'r' => "$5\r\n" + Value + "\r\n",
                    's' => "$11\r\nabc\r\n$3\r\nde\r\n",
                    'm' => "$-1\r\n",
                    'w' => "+OK\r\n",
                    _ => "-ERR no\r\n",
                },
                BenchProtocol.Cs => "CS" + (isWrite ? '\u0001' : '\u0002')
                    + (what is 'm' or 'E' ? '\u0004' : what == 'e' ? '\u0007' : '\u0005')
                    + "\u0003key" + new string('\0', 1492),
                BenchProtocol.Http => what switch
                {
                    'r' => "HTTP/1.1 200 OK\r\nETag: \"1\"\r\ncontent-LENGTH:  5\r\n\r\n" + Value,
                    's' => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                    'm' => "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
                    'w' => "HTTP/1.1 204 No Content\r\n\r\n",
                    _ => "HTTP/1.1 500 Sorry\r\nContent-Length: 3\r\n\r\nno\n",
                },
                _ => what switch
                {
                    'r' => "VALUE key:000000000000 0 5\r\n" + Value + "\r\nEND\r\n",
                    's' => "VALUE key:000000000000 0 12\r\nabc\r\nEND\r\nde\r\nEND\r\n",
                    'm' => "END\r\n",
                    'w' => "STORED\r\n",
                    _ => "SERVER_ERROR out of memory\r\n",
                },
            });
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    // A connection with the script's requests sent, and the caller's part of the contract: what was kept goes before what comes.
    private sealed class Harness : IDisposable
    {
        private readonly RequestWriter _writer;
        private readonly BenchConnection* _connection;

        public Harness(BenchProtocol protocol, bool verify, string script)
        {
            BenchSettings settings = new() { Protocol = protocol, ValueSize = Value.Length, Verify = verify };
            _writer = new RequestWriter(settings);
            Parser = new ReplyParser(settings, _writer);
            _connection = (BenchConnection*)NativeMemory.AllocZeroed(1, (nuint)sizeof(BenchConnection));
            foreach (char what in script)
            {
                _connection->Mark(_connection->Sent++, what is 'w' or 'E');
            }
        }

        public ReplyParser Parser { get; }

        public int Take(byte[] bytes)
        {
            int kept = _connection->KeptLength;
            byte[] input = new byte[kept + bytes.Length + 8];
            new ReadOnlySpan<byte>(_connection->Kept, kept).CopyTo(input);
            bytes.CopyTo(input, kept);
            _connection->KeptLength = 0;
            fixed (byte* start = input)
            {
                return Parser.Parse(_connection, start, start + kept + bytes.Length);
            }
        }

        public void Dispose()
        {
            NativeMemory.Free(_connection->Kept);
            NativeMemory.Free(_connection);
            _writer.Dispose();
        }
    }
}
