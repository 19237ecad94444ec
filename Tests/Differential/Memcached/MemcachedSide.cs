using System;
using System.Collections.Generic;
using System.Net;
using System.Text.RegularExpressions;

using Epollsrv.Tests.Integration.Memcached;

namespace Epollsrv.Tests.Differential.Memcached;

/// <summary>One of two servers that are compared: its connection, and the uniques that it gave.</summary>
internal sealed partial class MemcachedSide(EndPoint address) : IDisposable
{
    private readonly MemcachedClient _client = new(address);
    private readonly Dictionary<string, string> _uniques = [];

    /// <summary>Sends requests with this server's uniques, and returns what it answers, with the uniques replaced by a mark.</summary>
    /// <param name="requests">As <see cref="MemcachedGenerator"/> makes them.</param>
    /// <param name="pieces">Where the bytes are torn; null: they are sent at once.</param>
    public string Exchange(string requests, Random? pieces)
    {
        string text = Placeholder().Replace(requests, match => _uniques.GetValueOrDefault(match.Groups[1].Value, "18446744073709551615"));
        int sent = 0;
        while (pieces is not null && sent < text.Length)
        {
            int length = Math.Min(pieces.Next(2) == 0 ? 1 + pieces.Next(7) : 1 + pieces.Next(20_000), text.Length - sent);
            _client.Send(text.Substring(sent, length));
            sent += length;
        }

        return Note(_client.Exchange(text[sent..]));
    }

    public void Dispose() => _client.Dispose();

    private string Note(string reply)
    {
        reply = Value().Replace(reply, match =>
        {
            _uniques[match.Groups[2].Value] = match.Groups[4].Value;
            return match.Groups[1].Value + match.Groups[2].Value + match.Groups[3].Value + "#\r\n";
        });
        return Meta().Replace(reply, match =>
        {
            string line = match.Value;
            Match key = MetaKey().Match(line);
            Match unique = MetaUnique().Match(line);
            if (key.Success && unique.Success)
            {
                _uniques[key.Groups[1].Value] = unique.Groups[1].Value;
            }

            return MetaUnique().Replace(line, static match => match.Groups[1].Value == "0" ? " c0" : " c#");
        });
    }

    [GeneratedRegex(@"\{([^}\r\n]*)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"(VALUE )([^ \r\n]+)( \d+ \d+ )(\d+)\r\n")]
    private static partial Regex Value();

    [GeneratedRegex(@"(?:HD|VA \d+|EN|NS|EX|NF) [^\r\n]*\r\n")]
    private static partial Regex Meta();

    [GeneratedRegex(@" k([^ \r\n]+)")]
    private static partial Regex MetaKey();

    [GeneratedRegex(@" c(\d+)(?=[ \r])")]
    private static partial Regex MetaUnique();
}
