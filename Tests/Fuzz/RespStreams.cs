using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Fuzz;

/// <summary>Random streams of requests: most of them good, some with one thing wrong.</summary>
internal sealed class RespStreams(int seed)
{
    private static readonly string[] _lengths =
    [
        "-1", "-2", "-0", "00", "01", "+1", " 1", "1 ", string.Empty, "abc", "1.5", "1e3", "0x10", "4294967296", "9223372036854775807",
            "9223372036854775808", "-9223372036854775808",
        "99999999999999999999999", "536870913", "2147483648", "1048577", "1\n", "1\t", "-",
    ];

    private static readonly string[] _lines =
    [
        "PING", "ping", "  PING  ", "PING\r", "ECHO hello", "ECHO \"a b\"", "ECHO 'it\\'s'", "ECHO \"\\x41\\n\\\"\\q\"", "ECHO \"\\x4\"",
            "ECHO \"\"", "ECHO ''", "ECHO a\"b\"", "ECHO \"a\"b", "ECHO \"open", "ECHO 'open",
        "ECHO \"trailing\\", "", " ", "\t", "\v", "ECHO a\vb", "ECHO a\fb \f", "nonsense with args", "ECHO", "ECHO a b", "ECHO a\0b", "$5",
            ":1", "+OK", "-ERR", "ECHO \"*1\r\n$4\"", "PING \"\\\\\"", "ECHO é",
    ];

    private static readonly string[] _names = ["PING", "ECHO", "EcHo", "ping", "nosuch", "é", "a\r\nb"];

    private readonly Random _random = new(seed);

    /// <summary>One stream. It begins with a PING, so that its protocol is known.</summary>
    public byte[] Next()
    {
        StringBuilder text = new("*1\r\n$4\r\nPING\r\n");
        for (int i = _random.Next(1, 30); i > 0; i--)
        {
            switch (_random.Next(20))
            {
                case 0:
                    text.Append(Pick(_lines)).Append(_random.Next(2) == 0 ? "\n" : "\r\n");
                    break;
                case 1:
                    text.Append("\r\n");
                    break;
                case 2 when _random.Next(4) == 0:
                    text.Append('*').Append(Pick(_lengths)).Append("\r\n");
                    break;
                case 3 when _random.Next(4) == 0:
                    text.Append("*2\r\n$4\r\nECHO\r\n$").Append(Pick(_lengths)).Append("\r\nx\r\n");
                    break;
                case 4 when _random.Next(4) == 0:
                    text.Append("*1\r\n").Append((char)_random.Next(1, 256)).Append("4\r\nPING\r\n");
                    break;
                case 5 when _random.Next(4) == 0:
                    text.Append("*1\rX$4\rYPING!?");
                    break;
                case 6 when _random.Next(30) == 0:
                    text.Append("*2\r\n$4\r\nECHO\r\n$").Append('1', 200_000);
                    break;
                case 7 when _random.Next(30) == 0:
                    text.Append("ECHO ").Append('x', _random.Next(2) == 0 ? 60_000 : 200_000).Append("\r\n");
                    break;
                case 8 when _random.Next(30) == 0:
                    text.Append('*').Append('1', 200_000);
                    break;
                default:
                    AppendRequest(text);
                    break;
            }
        }

        byte[] bytes = Encoding.Latin1.GetBytes(text.ToString());
        if (_random.Next(8) == 0)
        {
            // One byte of it is another. Not a zero: see RespOracleFuzzTests.
            bytes[_random.Next(14, bytes.Length)] = (byte)_random.Next(1, 256);
        }

        return _random.Next(10) == 0 ? bytes[..^_random.Next(0, Math.Min(20, bytes.Length - 14))] : bytes;
    }

    /// <summary>Where to cut a stream: a few places, or every byte.</summary>
    public List<int> Cuts(int length)
    {
        List<int> cuts = [];
        int pieces = _random.Next(6);
        for (int i = 0; i < pieces; i++)
        {
            cuts.Add(_random.Next(1, length));
        }

        cuts.Sort();
        return cuts;
    }

    private void AppendRequest(StringBuilder text)
    {
        int count = _random.Next(8) == 0 ? _random.Next(1, 12) : _random.Next(1, 3);
        text.Append(CultureInfo.InvariantCulture, $"*{count}\r\n");
        AppendBulk(text, Pick(_names));
        for (int i = 1; i < count; i++)
        {
            char[] word = new char[_random.Next(30) == 0 ? _random.Next(40_000) : _random.Next(30)];
            for (int j = 0; j < word.Length; j++)
            {
                word[j] = (char)_random.Next(256);
            }

            AppendBulk(text, new string(word));
        }
    }

    private static void AppendBulk(StringBuilder text, string word) =>
        text.Append(CultureInfo.InvariantCulture, $"${word.Length}\r\n{word}\r\n");

    private string Pick(string[] choices) => choices[_random.Next(choices.Length)];
}
