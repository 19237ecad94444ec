using System;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>CLIENT and MONITOR; every text was compared with redis-server 7.0.15.</summary>
public sealed class RespClientCommandTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    [Theory]
    [InlineData("client", "-ERR wrong number of arguments for 'client' command")]
    [InlineData("client foo", "-ERR unknown subcommand 'foo'. Try CLIENT HELP.")]
    [InlineData("client tracking on", "-ERR unknown subcommand 'tracking'. Try CLIENT HELP.")]
    [InlineData("client id x", "-ERR wrong number of arguments for 'client|id' command")]
    [InlineData("client getname", "$-1")]
    [InlineData("client setname \"a b\"", "-ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData("client setinfo a b", "-ERR Unrecognized option 'a'")]
    [InlineData("client setinfo LIB-NAME \"a b\"", "-ERR LIB-NAME cannot contain spaces, newlines or special characters.")]
    [InlineData("client setinfo lib-ver 1.2", "+OK")]
    [InlineData("client no-evict x", "-ERR syntax error")]
    [InlineData("client no-evict on", "+OK")]
    [InlineData("client no-touch OFF", "+OK")]
    [InlineData("client reply x", "-ERR syntax error")]
    [InlineData("client pause x", "-ERR timeout is not an integer or out of range")]
    [InlineData("client pause -1", "-ERR timeout is negative")]
    [InlineData("client pause 1 foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL")]
    [InlineData("client pause 9223372036854775807", "+OK")]
    [InlineData("client unpause", "+OK")]
    [InlineData("client list foo", "-ERR syntax error")]
    [InlineData("client list type x", "-ERR Unknown client type 'x'")]
    [InlineData("client list type master", "$0\r\n\r\n")]
    [InlineData("client list id", "-ERR syntax error")]
    [InlineData("client list id x", "-ERR Invalid client ID")]
    [InlineData("client list id 99999 0", "$0\r\n\r\n")]
    [InlineData("client kill", "-ERR wrong number of arguments for 'client|kill' command")]
    [InlineData("client kill 1.2.3.4:5", "-ERR No such client")]
    [InlineData("client kill id 0", "-ERR client-id should be greater than 0")]
    [InlineData("client kill type x", "-ERR Unknown client type 'x'")]
    [InlineData("client kill type pubsub", ":0")]
    [InlineData("client kill addr 1.1.1.1:1 skipme x", "-ERR syntax error")]
    [InlineData("client kill addr 1.1.1.1:1 skipme no", ":0")]
    [InlineData("client kill user x", "-ERR No such user 'x'")]
    [InlineData("client kill user default foo bar", "-ERR syntax error")]
    [InlineData("client kill id 1 addr", "-ERR syntax error")]
    public void Replies_and_errors_are_those_of_Redis(string command, string reply) => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        client.SendRaw(command + "\r\n");
        Assert.Equal(reply, client.Reply());
    });

    [Theory]
    [MemberData(nameof(Places))]
    [MemberData(nameof(PublishedPlaces))]
    public void CLIENT_LIST_shows_every_connection_with_the_fields_of_Redis(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        using RespClient subscriber = new(node);
        _ = client.Call("CLIENT", "SETNAME", "me");
        _ = client.Call("CLIENT", "SETINFO", "LIB-NAME", "test");
        _ = other.Call("HELLO", "3");
        _ = other.Call("MULTI");
        _ = other.Call("SET", "a", "b");
        _ = subscriber.Call("SUBSCRIBE", "c");
        _ = subscriber.Call("PSUBSCRIBE", "d");
        string text = client.Call("CLIENT", "LIST");
        string[] lines = text[(text.IndexOf('\n') + 1)..^3].Split('\n');
        Assert.Equal(3, lines.Length);
        foreach (string line in lines)
        {
            Assert.Matches(
                @"^id=\d+ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=\d+ name=\S* age=\d+ idle=\d+ flags=\w+ db=0 sub=\d+ psub=\d+ ssub=\d+ multi=-?\d+ qbuf=\d+ qbuf-free=\d+ "
                + @"argv-mem=\d+ multi-mem=\d+ rbs=\d+ rbp=\d+ obl=\d+ oll=\d+ omem=\d+ tot-mem=\d+ events=rw? cmd=\S+ user=default redir=-1 resp=[23] lib-name=\S* lib-ver=$",
                line);
        }

        Assert.Contains(lines, line => line.Contains(" name=me ") && line.Contains(" flags=N ") && line.Contains(" cmd=client|list ")
            && line.Contains(" lib-name=test "));
        Assert.Contains(lines, line => line.Contains(" flags=x ") && line.Contains(" multi=1 ") && line.Contains(" resp=3 ")
            && !line.Contains(" multi-mem=0 "));
        Assert.Contains(lines, line => line.Contains(" flags=P ") && line.Contains(" sub=1 psub=1 ssub=0 ")
            && line.Contains(" cmd=psubscribe "));
        string id = client.Call("CLIENT", "ID")[1..];
        Assert.Contains("id=" + id + " ", client.Call("CLIENT", "INFO"), StringComparison.Ordinal);
        Assert.Contains("id=" + id + " ", client.Call("CLIENT", "LIST", "ID", id), StringComparison.Ordinal);
        Assert.Contains(" flags=P ", client.Call("CLIENT", "LIST", "TYPE", "PUBSUB"), StringComparison.Ordinal);
        Assert.DoesNotContain(" flags=P ", client.Call("CLIENT", "LIST", "TYPE", "normal"), StringComparison.Ordinal);
        _ = client.Call("HELLO", "3");
        Assert.Matches(@"^=\d+\r\ntxt:id=", client.Call("CLIENT", "INFO"));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void CLIENT_KILL_ends_who_fits_and_nobody_else(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient client = new(node);
        using RespClient one = new(node);
        using RespClient two = new(node);
        using RespClient three = new(node);
        string id = one.Call("CLIENT", "ID")[1..];
        _ = two.Call("SUBSCRIBE", "c");
        string address = ((IPEndPoint)three.Client.Socket.LocalEndPoint!).ToString();
        Assert.Equal(":0", client.Call("CLIENT", "KILL", "ID", id, "TYPE", "pubsub"));
        Assert.Equal(":1", client.Call("CLIENT", "KILL", "ID", id));
        Assert.Equal(0, one.Client.Socket.Receive(new byte[1]));
        Assert.Equal(":1", client.Call("CLIENT", "KILL", "TYPE", "pubsub"));
        Assert.Equal(0, two.Client.Socket.Receive(new byte[1]));
        Assert.Equal("+OK", client.Call("CLIENT", "KILL", address));
        Assert.Equal(0, three.Client.Socket.Receive(new byte[1]));
        string local = ((IPEndPoint)client.Client.Socket.LocalEndPoint!).ToString();
        Assert.Equal(":0", client.Call("CLIENT", "KILL", "ADDR", local));
        Assert.Equal(":1", client.Call("CLIENT", "KILL", "ADDR", local, "SKIPME", "no"));
        Assert.Equal(0, client.Client.Socket.Receive(new byte[1]));
    });

    [Fact]
    public void CLIENT_REPLY_silences_as_long_as_it_was_asked_to() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        client.SendRaw("client reply off\r\nping\r\nclient reply foo\r\nclient reply on\r\nping 1\r\nclient reply skip\r\nping 2\r\nping 3\r\nclient reply skip\r\nclient reply skip\r\nping 4\r\nping 5\r\n"
            + "multi\r\nclient reply off\r\nping 6\r\nexec\r\nping 7\r\nclient reply on\r\n");
        RespTransactionTests.Expect(client, ["+OK", "$1\r\n1\r\n", "$1\r\n3\r\n", "$1\r\n5\r\n", "+OK", "+QUEUED", "+QUEUED"]);


        // EXEC announced two replies, which were silenced: the answers to the last two lines look like them.
        client.Send("PING");
        Assert.Equal("*2\r\n+OK\r\n+PONG\r\n", client.Reply());
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void CLIENT_PAUSE_holds_writes_or_everything_back_until_its_time(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        Assert.Equal("+OK", client.Call("CLIENT", "PAUSE", "30000", "WRITE"));
        Assert.Equal("$-1", other.Call("GET", "a"));
        other.SendRaw("set a 1\r\nget a\r\nmulti\r\nget a\r\nexec\r\n");
        Thread.Sleep(50);
        Assert.Equal(0, other.Client.Socket.Available);
        Assert.Equal("$-1", client.Call("GET", "a"));
        Assert.Equal("+OK", client.Call("CLIENT", "UNPAUSE"));
        RespTransactionTests.Expect(other, ["+OK", "$1\r\n1\r\n", "+OK", "+QUEUED", "*1\r\n$1\r\n1\r\n"]);

        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal("+OK", client.Call("CLIENT", "PAUSE", "300"));
        other.Send("PING");
        Assert.Equal("+PONG", other.Reply());
        Assert.True(watch.ElapsedMilliseconds >= 280, watch.ElapsedMilliseconds.ToString(CultureInfo.InvariantCulture));
        Assert.Equal("+PONG", client.Call("PING"));

        // One that ends while it waits is no trouble.
        Assert.Equal("+OK", client.Call("CLIENT", "PAUSE", "200", "WRITE"));
        using (RespClient gone = new(node))
        {
            gone.Send("SET", "b", "1");
            Thread.Sleep(20);
        }

        Assert.Equal("+OK", other.Call("SET", "c", "1"));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_monitor_sees_commands_but_no_passwords(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient monitor = new(node);
        using RespClient client = new(node);
        Assert.Equal("+OK", monitor.Call("MONITOR"));
        client.SendRaw("set k \"a\\x01\\n\\\"\\\\\\a\\b\\t\\r z\\xff\"\r\nget\r\nfoo\r\nmulti\r\nget k\r\nexec\r\nauth default pw\r\nhello 3 auth default pw setname bob\r\nclient list\r\nclient id\r\n");
        string peer = ((IPEndPoint)client.Client.Socket.LocalEndPoint!).ToString();
        string[] expected =
        [
            "\"set\" \"k\" \"a\\x01\\n\\\"\\\\\\a\\b\\t\\r z\\xff\"", "\"multi\"", "\"get\" \"k\"", "\"exec\"",
                "\"auth\" \"(redacted)\" \"(redacted)\"",
            "\"hello\" \"3\" \"auth\" \"(redacted)\" \"(redacted)\" \"setname\" \"bob\"", "\"client\" \"id\"",
        ];
        foreach (string line in expected)
        {
            Assert.Matches("^\\+\\d{10}\\.\\d{6} \\[0 " + Regex.Escape(peer) + "\\] " + Regex.Escape(line) + "$", monitor.Reply());
        }

        monitor.Send("GET", "k");
        Assert.Equal("-ERR Replica can't interact with the keyspace", monitor.Reply());
        Assert.Equal("+RESET", monitor.Call("RESET"));
        _ = client.Call("GET", "k");
        Assert.Equal("+PONG", monitor.Call("PING"));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void CLIENT_LIST_and_KILL_while_connections_come_and_go_tear_nothing(string place) => NodeUnderTest.Run(place, node =>
    {
        bool stop = false;
        Task[] others = new Task[2];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = NodeUnderTest.Aside(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    using RespClient client = new(node);
                    _ = client.Call("CLIENT", "SETNAME", "aaaaaaaaaaaaaaaa");
                    _ = client.Call("CLIENT", "SETNAME", "bb");
                    client.SendRaw("multi\r\nset a b\r\nexec\r\nsubscribe x y z\r\n");
                }
            });
        }

        using RespClient looker = new(node);
        for (int i = 0; i < 200; i++)
        {
            string text = looker.Call("CLIENT", "LIST");
            foreach (string line in text[(text.IndexOf('\n') + 1)..^3].Split('\n'))
            {
                Assert.Matches(@"^id=\d+ addr=\S+ laddr=\S+ fd=\d+ name=(a{16}|bb|) .* lib-ver=$", line);
            }
        }

        Volatile.Write(ref stop, true);
        Task.WaitAll(others);
    });
}
