using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text;

using Epollsrv.Tests.Integration;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Fuzz;

/// <summary>Random request streams, whole and broken, in random pieces, against a slow parser that is easy to believe.</summary>
[Collection(LoadCollection.Name)]
public sealed class RespParserFuzzTests(ITestOutputHelper output)
{
    private const int Streams = 300;

    [Fact]
    [Trait("Category", "Fuzz")]
    public void The_parser_answers_as_the_oracle_does()
    {
        int seed = TestSeed.Choose();
        output.WriteLine("seed " + seed);
        Random random = new(seed);
        NodeUnderTest.Run("adaptive edge", node =>
        {
            for (int i = 0; i < Streams; i++)
            {
                byte[] stream = MakeStream(random);
                string expected = Oracle(stream);
                Assert.Equal(expected, Answer(node, stream, random));
            }
        });
    }

    private static string Answer(NodeUnderTest node, byte[] stream, Random random)
    {
        using Client client = node.Connect();
        int sent = 0;
        try
        {
            while (sent < stream.Length)
            {
                int piece = Math.Min(stream.Length - sent, random.Next(3) == 0 ? random.Next(1, 10) : random.Next(1, 40_000));
                client.Send(stream.AsSpan(sent, piece));
                sent += piece;
            }

            client.ShutdownSend();
        }
        catch (SocketException)
        {
            // Closed after a protocol error while we were still sending.
        }

        return Encoding.Latin1.GetString(client.ReceiveToEnd());
    }

    private static byte[] MakeStream(Random random)
    {
        List<byte> stream = [];
        int requests = random.Next(1, 60);

        // The first byte chooses the protocol; '*' is RESP.
        Add(stream, "*1\r\n$4\r\nPING\r\n");
        for (int i = 0; i < requests; i++)
        {
            switch (random.Next(12))
            {
                case 0:
                    Add(stream, "ECHO in" + random.Next() + "\r\n");
                    break;
                case 1:
                    Add(stream, random.Next(2) == 0 ? "\r\n" : "*0\r\n");
                    break;
                case 2:
                    Add(stream, "ECHO \"a\\x4" + random.Next(10) + " '\\n\"\n");
                    break;
                case 3 when random.Next(6) == 0:
                    Add(stream, Broken(random));
                    break;
                case 4 when random.Next(4) == 0:
                    AddEcho(stream, random, random.Next(100_000));
                    break;
                default:
                    AddEcho(stream, random, random.Next(3) == 0 ? random.Next(3000) : random.Next(120));
                    break;
            }
        }

        // Sometimes the end is missing.
        if (random.Next(4) == 0)
        {
            int cut = Math.Min(stream.Count - 14, random.Next(30));
            stream.RemoveRange(stream.Count - cut, cut);
        }

        return [.. stream];
    }

    private static string Broken(Random random)
    {
        string[] kinds = ["*-5\r\n", "*abc\r\n", "*2\r\n$4\r\nECHO\r\n:5\r\n", "*2\r\n$4\r\nECHO\r\n$-2\r\n",
            "*2\r\n$4\r\nECHO\r\n$99999999999999999999\r\n", "*99999999999\r\n", "ECHO \"x\r\n", "*1\r\n$4x\r\n", "*01\r\n",
            "*1\r\n$+4\r\nPING\r\n"];
        return kinds[random.Next(kinds.Length)];
    }

    private static void Add(List<byte> stream, string text) => stream.AddRange(Encoding.Latin1.GetBytes(text));

    private static void AddEcho(List<byte> stream, Random random, int length)
    {
        byte[] value = new byte[length];
        random.NextBytes(value);
        Add(stream, "*2\r\n$4\r\nEcHo\r\n$" + length + "\r\n");
        stream.AddRange(value);
        Add(stream, "\r\n");
    }

    // What the node has to answer to all of it before it closes.
    private static string Oracle(byte[] stream)
    {
        string text = Encoding.Latin1.GetString(stream);
        StringBuilder replies = new();
        int at = 0;
        while (at < text.Length)
        {
            string? error = Next(text, ref at, out List<string>? arguments);
            if (error is not null)
            {
                return replies.Append("-ERR Protocol error: ").Append(error).Append("\r\n").ToString();
            }

            if (arguments is null)
            {
                break;
            }

            if (arguments.Count == 1)
            {
                _ = replies.Append("+PONG\r\n");
            }
            else if (arguments.Count == 2)
            {
                _ = replies.Append('$').Append(arguments[1].Length).Append("\r\n").Append(arguments[1]).Append("\r\n");
            }
        }

        return replies.ToString();
    }

    private static string? Next(string text, ref int at, out List<string>? arguments)
    {
        arguments = null;
        int start = at;
        int end = text.IndexOf(text[at] == '*' ? '\r' : '\n', at);
        if (end < 0)
        {
            return null;
        }

        if (text[at] != '*')
        {
            at = end + 1;
            return Inline(text[start..end].TrimEnd('\r'), out arguments);
        }

        if (end + 1 >= text.Length)
        {
            return null;
        }

        if (!Number(text[(at + 1)..end], out long count) || count > 1024 * 1024)
        {
            return "invalid multibulk length";
        }

        int position = end + 2;
        List<string> found = [];
        for (long i = 0; i < count; i++)
        {
            end = position < text.Length ? text.IndexOf('\r', position) : -1;
            if (end < 0 || end + 1 >= text.Length)
            {
                return null;
            }

            if (text[position] != '$')
            {
                return "expected '$', got '" + text[position] + "'";
            }

            if (!Number(text[(position + 1)..end], out long length) || length < 0 || length > 64L << 20)
            {
                return "invalid bulk length";
            }

            if (end + 2 + length + 2 > text.Length)
            {
                return null;
            }

            found.Add(text.Substring(end + 2, (int)length));
            position = end + 2 + (int)length + 2;
        }

        arguments = found;
        at = position;
        return null;
    }

    // The inline requests above: one word, or one in double quotes.
    private static string? Inline(string line, out List<string>? arguments)
    {
        arguments = [];
        int quote = line.IndexOf('"', StringComparison.Ordinal);
        if (quote < 0)
        {
            foreach (string word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                arguments.Add(word);
            }

            return null;
        }

        if (line.LastIndexOf('"') == quote)
        {
            return "unbalanced quotes in request";
        }

        string digit = line[quote + 5].ToString();
        arguments.Add("ECHO");
        arguments.Add("a" + (char)Convert.ToInt32("4" + digit, 16) + " '\n");
        return null;
    }

    private static bool Number(string text, out long value)
        => long.TryParse(text, out value) && value.ToString(System.Globalization.CultureInfo.InvariantCulture) == text;
}
