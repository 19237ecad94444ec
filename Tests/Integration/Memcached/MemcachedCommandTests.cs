using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>The commands of memcached's text protocol, with the words of memcached 1.6.18.</summary>
public sealed class MemcachedCommandTests
{
    [Theory]
    [MemberData(nameof(NodeUnderTest.AllPlaces), MemberType = typeof(NodeUnderTest))]
    public void A_value_is_stored_found_and_deleted(string place) => NodeUnderTest.Run(place, node =>
    {
        using MemcachedClient client = new(node);
        Assert.Equal("STORED", client.Set("a", "hello", flags: 7));
        Assert.Equal("VALUE a 7 5\r\nhello\r\nEND\r\n", client.Exchange("get a\r\n"));
        Assert.Equal("hello", client.Get("a"));
        Assert.Equal("DELETED", client.Call("delete a\r\n"));
        Assert.Equal("NOT_FOUND", client.Call("delete a\r\n"));
        Assert.Null(client.Get("a"));
    }, "--memcached", "0");

    [Theory]
    [InlineData("\r\n", "ERROR\r\n")]
    [InlineData("a\r\n", "ERROR\r\n")]
    [InlineData("GET a\r\n", "ERROR\r\n")]
    [InlineData("get\r\n", "ERROR\r\n")]
    [InlineData("get \r\n", "ERROR\r\n")]
    [InlineData("  get a\r\n", "END\r\n")]
    [InlineData("get a\n", "END\r\n")]
    [InlineData("set a 4294967295 0 1\r\nx\r\nget a\r\n", "STORED\r\nVALUE a 4294967295 1\r\nx\r\nEND\r\n")]
    [InlineData("set a -1 0 1\r\nx\r\n", "CLIENT_ERROR bad command line format\r\nERROR\r\n")]
    [InlineData("set a 1 0 -1\r\n", "CLIENT_ERROR bad command line format\r\n")]
    [InlineData("set a 1 0 2147483647\r\n", "CLIENT_ERROR bad command line format\r\n")]
    [InlineData("set a 0 0 1 noreply\r\nx\r\nget a\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n")]
    [InlineData("set a 0 0 1 foo\r\nx\r\n", "STORED\r\n")]
    [InlineData("set a 0 0 1 foo bar\r\nx\r\n", "ERROR\r\nERROR\r\n")]
    [InlineData("set a b 0 1 noreply\r\nx\r\n", "ERROR\r\n")]
    [InlineData("set a 0 0 3\r\nabcd\r\n", "CLIENT_ERROR bad data chunk\r\nERROR\r\n")]
    [InlineData("set a\0b 0 0 1\r\nx\r\n", "ERROR\r\nERROR\r\n")]
    [InlineData("set a\u0001\tb\rc 0 0 1\r\nx\r\nget a\u0001\tb\rc\r\n", "STORED\r\nVALUE a\u0001\tb\rc 0 1\r\nx\r\nEND\r\n")]
    [InlineData("set a 0 -1 1\r\nx\r\nget a\r\n", "STORED\r\nEND\r\n")]
    [InlineData("add a 0 0 1\r\n1\r\nadd a 0 0 1\r\n2\r\nget a\r\n", "STORED\r\nNOT_STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n")]
    [InlineData("replace a 0 0 1\r\n1\r\n", "NOT_STORED\r\n")]
    [InlineData("append a 0 0 1\r\n1\r\n", "NOT_STORED\r\n")]
    [InlineData("set a 3 0 1\r\nq\r\nappend a 5 0 2\r\nrs\r\nprepend a 5 0 2\r\nop\r\nget a\r\n",
        "STORED\r\nSTORED\r\nSTORED\r\nVALUE a 3 5\r\nopqrs\r\nEND\r\n")]
    [InlineData("cas a 0 0 1 1\r\nx\r\n", "NOT_FOUND\r\n")]
    [InlineData("set a 0 0 1\r\nx\r\ncas a 0 0 1 1\r\ny\r\ncas a 0 0 1 0\r\ny\r\n", "STORED\r\nEXISTS\r\nEXISTS\r\n")]
    [InlineData("cas a 0 0 1 x\r\ny\r\n", "CLIENT_ERROR bad command line format\r\nERROR\r\n")]
    [InlineData("cas a 0 0 1\r\ny\r\n", "ERROR\r\nERROR\r\n")]
    [InlineData("incr a 1\r\n", "NOT_FOUND\r\n")]
    [InlineData("incr a x\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n")]
    [InlineData("set n 0 0 2\r\n10\r\ndecr n 1\r\nget n\r\nincr n 100000\r\nget n\r\n",
        "STORED\r\n9\r\nVALUE n 0 2\r\n9 \r\nEND\r\n100009\r\nVALUE n 0 6\r\n100009\r\nEND\r\n")]
    [InlineData("set n 0 0 20\r\n18446744073709551615\r\nincr n 2\r\ndecr n 5\r\n", "STORED\r\n1\r\n0\r\n")]
    [InlineData("set n 0 0 1\r\nx\r\nincr n 1\r\n",
        "STORED\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\n")]
    [InlineData("set n 9 0 1\r\n5\r\nincr n 1 noreply\r\nget n\r\n", "STORED\r\nVALUE n 9 1\r\n6\r\nEND\r\n")]
    [InlineData("delete a 0\r\n", "NOT_FOUND\r\n")]
    [InlineData("delete a 0 noreply\r\n", "")]
    [InlineData("delete a 5\r\n", "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n")]
    [InlineData("touch a 0\r\n", "NOT_FOUND\r\n")]
    [InlineData("touch a x\r\n", "CLIENT_ERROR invalid exptime argument\r\n")]
    [InlineData("set a 0 100 1\r\nx\r\ntouch a 0\r\nmg a t\r\ntouch a -1\r\nget a\r\n",
        "STORED\r\nTOUCHED\r\nHD t-1\r\nTOUCHED\r\nEND\r\n")]
    [InlineData("set a 1 0 1\r\nx\r\ngat 100 a b\r\nmg a t\r\ngat -1 a\r\nget a\r\n",
        "STORED\r\nVALUE a 1 1\r\nx\r\nEND\r\nHD t100\r\nVALUE a 1 1\r\nx\r\nEND\r\nEND\r\n")]
    [InlineData("gat x a\r\n", "CLIENT_ERROR invalid exptime argument\r\n")]
    [InlineData("set a 0 0 1\r\nx\r\nflush_all\r\nget a\r\nflush_all x\r\nflush_all 0 noreply\r\n",
        "STORED\r\nOK\r\nEND\r\nCLIENT_ERROR invalid exptime argument\r\n")]
    [InlineData("verbosity 1\r\nverbosity\r\nverbosity x\r\n", "OK\r\nERROR\r\nCLIENT_ERROR bad command line format\r\n")]
    [InlineData("shutdown\r\n", "ERROR: shutdown not enabled\r\n")]
    [InlineData("cache_memlimit 1\r\ncache_memlimit x\r\ncache_memlimit 2000000000\r\n",
        "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\nERROR\r\nMEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\r\n")]
    [InlineData("stats foo\r\nstats reset\r\nstats sizes\r\n", "ERROR\r\nRESET\r\nSTAT sizes_status disabled\r\nEND\r\n")]
    [InlineData("ms h 1\r\n1\r\nmg h h u\r\nmg h h v\r\nmg h h\r\nms h 1\r\n2\r\nmg h h\r\n",
        "HD\r\nHD h0\r\nVA 1 h0\r\n1\r\nHD h1\r\nHD\r\nHD h0\r\n")]
    [InlineData("set h 0 0 1\r\n1\r\nincr h 1\r\nmg h u h\r\nget h\r\nincr h 1\r\nmg h u h\r\nappend h 0 0 1\r\n1\r\nmg h u h\r\n",
        "STORED\r\n2\r\nHD h0\r\nVALUE h 0 1\r\n2\r\nEND\r\n3\r\nHD h1\r\nSTORED\r\nHD h0\r\n")]
    [InlineData("set h 0 0 1\r\n1\r\ntouch h 100\r\nmg h u h\r\nmd h I\r\nmg h u h\r\n", "STORED\r\nTOUCHED\r\nHD h1\r\nHD\r\nHD h1 X W\r\n")]
    [InlineData("stats detail dump\r\nstats detail on\r\nset foo:123 0 0 1\r\n1\r\nget foo:123 foo:124 bar\r\ngat 0 foo:123\r\n"
        + "delete foo:125\r\nset :a 0 0 1\r\n1\r\nstats detail dump\r\n",
        "END\r\nOK\r\nSTORED\r\nVALUE foo:123 0 1\r\n1\r\nEND\r\nVALUE foo:123 0 1\r\n1\r\nEND\r\nNOT_FOUND\r\nSTORED\r\n"
        + "PREFIX foo get 3 hit 2 set 1 del 1\r\nEND\r\n")]
    [InlineData("stats detail on\r\nset foo:123 0 0 1\r\n1\r\nstats reset\r\nstats detail dump\r\nget foo:1\r\nstats detail off\r\n"
        + "get foo:2\r\nstats detail dump\r\nstats detail\r\nstats detail x\r\n",
        "OK\r\nSTORED\r\nRESET\r\nEND\r\nEND\r\nOK\r\nEND\r\nPREFIX foo get 1 hit 0 set 0 del 0\r\nEND\r\n"
        + "CLIENT_ERROR usage: stats detail on|off|dump\r\nCLIENT_ERROR usage: stats detail on|off|dump\r\n")]
    [InlineData("watch\r\nlru_crawler crawl all\r\nlru mode flat\r\n",
        "CLIENT_ERROR watch commands not allowed\r\nCLIENT_ERROR lru crawler disabled\r\nERROR\r\n")]
    public void A_request_is_answered_in_the_words_of_memcached(string requests, string replies)
        => NodeUnderTest.Run("adaptive edge", node =>
        {
            using MemcachedClient client = new(node);
            Assert.Equal(replies, client.Exchange(requests));
        }, "--memcached", "0");
}
