using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;

using Epollsrv.Tests.Integration;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Fuzz;

/// <summary>
/// The parser of RESP requests against <see cref="RespOracle"/>. Where Redis stops at a zero byte inside a header, as C's strings
/// do, and waits for more, the node goes on and complains: docs/COMPATIBILITY.md, "zero-in-header". So streams have none there.
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Fuzz")]
public sealed class RespOracleFuzzTests(ITestOutputHelper output)
{
    private const long LongestBulk = 64 << 20;

    [Fact]
    public void Random_streams_cut_anywhere_are_answered_as_the_oracle_says()
    {
        const int Streams = 3000;
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed.ToString(CultureInfo.InvariantCulture));
        RespStreams streams = new(seed);
        NodeUnderTest.Run("adaptive edge", node =>
        {
            for (int i = 0; i < Streams; i++)
            {
                byte[] stream = streams.Next();
                Check(stream, Exchange(node, stream, streams.Cuts(stream.Length), i % 20 == 0 ? 2 : 0), "seed " + seed + ", stream " + i);
            }
        });
    }

    [Fact]
    public void A_script_cut_at_every_byte_is_answered_the_same()
    {
        byte[] script = Encoding.Latin1.GetBytes(
            "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$12\r\nhello\r\nworld\r\n\r\nECHO \"a \\x41\" \r\n*0\r\n*-1\r\n*2\r\n$4\r\necho\r\n$0\r\n\r\nPING\n*3\r\n$6\r\nnosuch\r\n$1\r\na\r\n$2\r\nbc\r\n*1\r\n$-1\r\n");
        NodeUnderTest.Run("queue oneshot", node =>
        {
            List<Client> clients = [];
            for (int cut = 1; cut < script.Length; cut++)
            {
                clients.Add(node.Connect());
                clients[^1].Send(script.AsSpan(0, cut));
            }

            // Long enough for all first parts to be parsed alone.
            Thread.Sleep(100);
            for (int cut = 1; cut < script.Length; cut++)
            {
                using Client client = clients[cut - 1];
                SendQuietly(client, script.AsSpan(cut));
                Check(script, ReadQuietly(client), "cut at " + cut);
            }
        });
    }

    [Theory]
    [InlineData("*1\r\n$-1\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$-9223372036854775808\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$67108865\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$9223372036854775807\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$99999999999999999999\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$4x\r\n", "invalid bulk length")]
    [InlineData("*1\r\n:4\r\n", "expected '$', got ':'")]
    [InlineData("*1\r\n\r\n", "expected '$', got ' '")]
    [InlineData("*1048577\r\n", "invalid multibulk length")]
    [InlineData("*9223372036854775807\r\n", "invalid multibulk length")]
    [InlineData("*9223372036854775808\r\n", "invalid multibulk length")]
    [InlineData("*\r\n", "invalid multibulk length")]
    [InlineData("*abc\r\n", "invalid multibulk length")]
    [InlineData("PING \"x\r\n", "unbalanced quotes in request")]
    [InlineData("PING 'x'y\r\n", "unbalanced quotes in request")]
    public void What_breaks_the_protocol_is_told_behind_the_replies_before_it_and_the_connection_is_closed(string broken, string complaint)
    {
        NodeUnderTest.Run("adaptive edge", node =>
        {
            using Client client = node.Connect();
            client.Send(Encoding.Latin1.GetBytes("*1\r\n$4\r\nPING\r\nECHO one\r\n" + broken));
            Assert.Equal("+PONG\r\n$3\r\none\r\n-ERR Protocol error: " + complaint + "\r\n",
                Encoding.Latin1.GetString(client.ReceiveToEnd()));
        });
    }

    [Theory]
    [InlineData('*', "too big mbulk count string")]
    [InlineData('$', "too big bulk count string")]
    [InlineData('P', "too big inline request")]
    public void Lines_without_an_end_are_refused_at_64_kilobytes(char kind, string complaint)
    {
        NodeUnderTest.Run("adaptive edge", node =>
        {
            using Client client = node.Connect();
            client.Send(Encoding.Latin1.GetBytes(
                "*1\r\n$4\r\nPING\r\n" + (kind == '$' ? "*1\r\n" : string.Empty) + kind + new string('1', 65536)));
            Assert.Equal("+PONG\r\n-ERR Protocol error: " + complaint + "\r\n", Encoding.Latin1.GetString(client.ReceiveToEnd()));
        });
    }

    private static void Check(byte[] stream, byte[] actual, string where)
    {
        (byte[] expected, bool closed) = RespOracle.Answer(stream, LongestBulk);
        if (!expected.AsSpan().SequenceEqual(actual))
        {
            Assert.Fail(where + (closed ? " (breaks the protocol)" : string.Empty) + "\nstream   " + Show(stream) + "\nexpected "
                + Show(expected) + "\nactual   " + Show(actual));
        }
    }

    private static byte[] Exchange(NodeUnderTest node, byte[] stream, List<int> cuts, int pause)
    {
        using Client client = node.Connect();
        int sent = 0;
        foreach (int cut in cuts)
        {
            SendQuietly(client, stream.AsSpan(sent, cut - sent));
            sent = cut;
            if (pause > 0)
            {
                Thread.Sleep(pause);
            }
        }

        SendQuietly(client, stream.AsSpan(sent));
        return ReadQuietly(client);
    }

    // A node that has closed after a protocol error takes no more: what it has answered counts.
    private static void SendQuietly(Client client, ReadOnlySpan<byte> bytes)
    {
        try
        {
            client.Send(bytes);
        }
        catch (SocketException exception) when (
            exception.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
        }
    }

    private static byte[] ReadQuietly(Client client)
    {
        try
        {
            client.ShutdownSend();
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.NotConnected or SocketError.ConnectionReset)
        {
        }

        using MemoryStream all = new();
        byte[] buffer = new byte[65536];
        try
        {
            int count;
            while ((count = client.Socket.Receive(buffer)) > 0)
            {
                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
        }

        return all.ToArray();
    }

    private static string Show(byte[] bytes) => Differential.Reply.Show(bytes.Length > 600 ? bytes.AsSpan(bytes.Length - 600) : bytes);
}
