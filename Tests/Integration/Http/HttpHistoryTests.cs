using System;
using System.Linq;
using System.Text.Json;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>/history.json: what the charts of the status page show.</summary>
public sealed class HttpHistoryTests
{
    private const string Place = "adaptive edge";
    private const string Password = "Authorization: Basic dTpw\r\n";

    private static readonly string[] _columns =
        ["requests", "errors", "bytesIn", "bytesOut", "connections", "refused", "wrongPasswords", "keys", "evicted", "memory", "cpu",
            "p50", "p99"];

    [Fact]
    public void The_history_has_what_happened_and_not_the_page_itself() => NodeUnderTest.Run(Place, node =>
    {
        using HttpConnection http = new(node);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(201, http.Put("/kv/key" + i, new byte[1000], Password).Status);
        }

        using RespClient resp = new(node);
        Assert.Equal("+OK", resp.Call("AUTH", "p"));
        Assert.StartsWith("-ERR unknown command", resp.Call("NONSENSE"), StringComparison.Ordinal);
        using RespClient other = new(node);
        Assert.StartsWith("-WRONGPASS", other.Call("AUTH", "wrong"), StringComparison.Ordinal);
        JsonElement history = default;
        NodeUnderTest.Until(() => Sum(history = History(http), "requests") >= 23, "all requests are in the history");
        Assert.Equal(23, Sum(history, "requests"));
        Assert.Equal(2, Sum(history, "errors"));
        Assert.Equal(1, Sum(history, "wrongPasswords"));
        Assert.Equal(0, Sum(history, "refused"));
        Assert.True(Sum(history, "bytesIn") >= 20_000);
        Assert.True(Sum(history, "cpu") > 0);
        Assert.Equal(20, Last(history, "keys"));
        Assert.Equal(3, Last(history, "connections"));
        Assert.True(Last(history, "memory") >= 20_000);
        Assert.All(Column(history, "p50").Zip(Column(history, "p99")), pair => Assert.InRange(pair.First, 0, pair.Second));
        Assert.Contains(Column(history, "p50"), nanoseconds => nanoseconds > 0);
    }, "--password", "p");

    [Fact]
    public void Every_list_has_as_many_numbers_as_there_are_intervals() => NodeUnderTest.Run(Place, node =>
    {
        using HttpConnection http = new(node);
        NodeUnderTest.Until(() => History(http).GetProperty("end").GetInt64() >= 2, "two intervals have passed");
        HttpReply reply = http.Get("/history.json");
        Assert.Equal("application/json", reply["Content-Type"]);
        JsonElement all = JsonDocument.Parse(reply.Body).RootElement;
        Assert.Equal(["interval", "first", "end", .. _columns], all.EnumerateObject().Select(member => member.Name));
        Assert.Equal(2000, all.GetProperty("interval").GetInt64());
        Assert.Equal(0, all.GetProperty("first").GetInt64());
        long end = all.GetProperty("end").GetInt64();
        Assert.All(_columns, name => Assert.Equal(end, all.GetProperty(name).GetArrayLength()));

        JsonElement rest = History(http, "?after=" + (end - 1));
        Assert.Equal(end - 1, rest.GetProperty("first").GetInt64());
        Assert.All(_columns, name => Assert.Equal(
            rest.GetProperty("end").GetInt64() - rest.GetProperty("first").GetInt64(), rest.GetProperty(name).GetArrayLength()));

        // Of a node that has run longer than this one.
        Assert.Equal(0, History(http, "?after=123456789").GetProperty("first").GetInt64());
    });

    [Theory]
    [InlineData("?after=")]
    [InlineData("?after=-1")]
    [InlineData("?after=1.5")]
    [InlineData("?after=99999999999999999999")]
    [InlineData("?before=1")]
    public void Another_query_is_an_error(string query) => NodeUnderTest.Run(Place, node =>
    {
        using HttpConnection http = new(node);
        HttpReply reply = http.Get("/history.json" + query);
        Assert.Equal(400, reply.Status);
        Assert.Contains("after=N", reply.Text, StringComparison.Ordinal);
    });

    [Fact]
    public void A_node_that_slept_has_quiet_intervals() => NodeUnderTest.Run(Place, node =>
    {
        using (HttpConnection first = new(node))
        {
            Assert.Equal(201, first.Put("/kv/key", new byte[10]).Status);
        }

        // Nothing wakes it: its clock is the only thing that goes on.
        long began = Environment.TickCount64;
        NodeUnderTest.Until(() => Environment.TickCount64 - began > 5000, "time passes");
        using HttpConnection http = new(node);
        JsonElement history = History(http);
        Assert.True(history.GetProperty("end").GetInt64() >= 2);
        Assert.Equal([1], Column(history, "requests").Where(count => count > 0));
        Assert.Equal(0, Last(history, "requests"));
        Assert.Equal(1, Last(history, "keys"));
    });

    private static JsonElement History(HttpConnection http, string query = "")
        => JsonDocument.Parse(http.Get("/history.json" + query, Password).Body).RootElement;

    private static long[] Column(JsonElement history, string name)
        => [.. history.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];

    private static long Sum(JsonElement history, string name) => Column(history, name).Sum();

    private static long Last(JsonElement history, string name) => Column(history, name)[^1];
}
