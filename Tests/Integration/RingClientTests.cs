using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;

using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The client side of a ring, against nodes of both kinds in every mixture of a ring of four.</summary>
public sealed class RingClientTests
{
    private const long Timeout = 60_000_000_000;

    /// <summary>Which of four nodes are the C program, one bit each.</summary>
    public static TheoryData<int> Mixtures
    {
        get
        {
            TheoryData<int> data = [];
            for (int i = 0; i < 16; i++)
            {
                data.Add(i);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Put_get_append_delete_in_every_mixed_ring(int mixture)
    {
        using RingTestRing ring = new(mixture);
        for (int i = 0; i < 12; i++)
        {
            string key = "key" + i;
            Assert.Equal(RingResult.NotFound, ring.Run(RingVerb.Get, key));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Replace, key, "one"));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Replace, key, "two"));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Append, key, "three"));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Get, key));
            Assert.Equal("two three", ring.Value);
            Assert.Equal("two three", ring.Owner(key)[key]);
            Assert.Equal("two three", ring.Replica(key)[key]);
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Delete, key));
            Assert.Equal(RingResult.NotFound, ring.Run(RingVerb.Delete, key));
            Assert.Equal(RingResult.NotFound, ring.Run(RingVerb.Get, key));
        }
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Register_and_withdraw_in_every_mixed_ring(int mixture)
    {
        using RingTestRing ring = new(mixture);
        for (int i = 0; i < 8; i++)
        {
            string key = "file" + i;
            ring.Owner(key)[key] = "127.0.0.1 51002\n";
            ring.Replica(key)[key] = "127.0.0.1 51002\n";
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Register, key, "127.0.0.1 51003"));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Register, key, "127.0.0.1 51003"));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Register, key, "127.0.0.1 51004"));
            Assert.Equal("127.0.0.1 51002\n 127.0.0.1 51003\n 127.0.0.1 51004\n", ring.Owner(key)[key]);
            Assert.Equal("127.0.0.1 51002\n 127.0.0.1 51003\n 127.0.0.1 51004\n", ring.Replica(key)[key]);
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Withdraw, key, "127.0.0.1 51003"));
            Assert.Equal("127.0.0.1 51002\n 127.0.0.1 51004\n", ring.Owner(key)[key]);
            Assert.Equal("127.0.0.1 51002\n 127.0.0.1 51004\n", ring.Replica(key)[key]);
            Assert.Equal(RingResult.NotFound, ring.Run(RingVerb.Withdraw, key, "127.0.0.1 51003"));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Withdraw, key, "127.0.0.1 51004"));
            Assert.Equal(RingResult.Done, ring.Run(RingVerb.Withdraw, key, "127.0.0.1 51002"));
            Assert.Null(ring.Owner(key)[key]);
            Assert.Null(ring.Replica(key)[key]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void A_withdrawal_puts_a_long_list_of_others_back_whole(int mixture)
    {
        using RingTestRing ring = new(mixture);
        StringBuilder list = new();
        for (int i = 0; i < 60; i++)
        {
            _ = list.Append(i == 0 ? string.Empty : " ").Append("10.0.0.").Append(i).Append(" 50001\n");
        }

        ring.Owner("file")["file"] = list.ToString();
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Withdraw, "file", "10.0.0.30 50001"));
        Assert.Equal(list.ToString().Replace("10.0.0.30 50001\n ", string.Empty, StringComparison.Ordinal), ring.Owner("file")["file"]);
    }

    [Fact]
    public void A_list_that_fills_a_C_nodes_reply_is_left_alone()
    {
        using RingTestRing ring = new(15);
        StringBuilder list = new("10.0.0.1 50001");
        while (list.Length + 16 <= CsFrame.ReplyCapacity(4))
        {
            _ = list.Append(" 10.0.0.1 5").Append(1000 + (list.Length % 8999));
        }

        ring.Owner("file")["file"] = list.ToString();
        Assert.Equal(RingResult.Refused, ring.Run(RingVerb.Register, "file", "10.0.0.2 50002"));
        Assert.Equal(list.ToString(), ring.Owner("file")["file"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(5)]
    public void What_only_the_replica_has_is_found_and_put_back(int mixture)
    {
        using RingTestRing ring = new(mixture);
        ring.Replica("list")["list"] = "127.0.0.1 51002\n 127.0.0.1 51003\n";
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Get, "list"));
        Assert.Equal("127.0.0.1 51002\n 127.0.0.1 51003\n", ring.Value);
        Assert.Equal(ring.Value, ring.Owner("list")["list"]);
        ring.Replica("text")["text"] = "an ordinary value,  with spaces ";
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Get, "text"));
        Assert.Equal("an ordinary value,  with spaces ", ring.Value);
        Assert.Equal(ring.Value, ring.Owner("text")["text"]);
    }

    [Theory]
    [InlineData("stop", "refused")]
    [InlineData("mute", "timed out")]
    [InlineData("rude", "closed the connection")]
    public void A_failing_owner_is_named_once_and_its_replica_used_in_bounded_time(string how, string why)
    {
        using RingTestRing ring = new(5, timeout: how == "mute" ? 8_000_000_000 : Timeout);
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Replace, "key", "value"));
        RingFakeNode owner = ring.Owner("key");
        if (how == "stop")
        {
            owner.Stop();
        }

        owner.Mute = how == "mute";
        owner.Rude = how == "rude";
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Get, "key"));
        Assert.Equal("value", ring.Value);
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Get, "key"));
        Assert.InRange(watch.ElapsedMilliseconds, 0, Patience.Milliseconds);
        int number = Array.IndexOf(ring.Nodes, owner) + 1;
        string line = Assert.Single(ring.Warnings);
        Assert.Equal("node " + number + ", 127.0.0.1:" + owner.Port + ": " + why + "; using its replica, node " + ((number % 4) + 1), line);
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Append, "key", "more"));
        Assert.Equal("value more", ring.Replica("key")["key"]);
    }

    [Fact]
    public void With_owner_and_replica_down_both_are_named()
    {
        using RingTestRing ring = new(0, timeout: 3_000_000_000);
        ring.Owner("key").Stop();
        ring.Replica("key").Mute = true;
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(RingResult.Unreachable, ring.Run(RingVerb.Get, "key"));
        Assert.InRange(watch.ElapsedMilliseconds, 1000, Patience.Milliseconds);
        Assert.Matches("^node [1-4], 127.0.0.1:[0-9]+: refused; node [1-4], 127.0.0.1:[0-9]+: timed out$", ring.Failure);
    }

    [Fact]
    public void A_replica_that_is_down_is_named_when_something_is_stored()
    {
        using RingTestRing ring = new(0);
        ring.Replica("key").Stop();
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Replace, "key", "value"));
        Assert.Contains("; only node ", Assert.Single(ring.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void A_node_that_was_restarted_is_reached_again_over_a_new_connection(int mixture)
    {
        using RingTestRing ring = new(mixture);
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Replace, "key", "value"));
        ring.Owner("key").Stop();
        ring.Owner("key").Start();
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Get, "key"));
        Assert.Equal("value", ring.Owner("key")["key"]);
        Assert.Empty(ring.Warnings);
    }

    [Fact]
    public void Many_operations_at_once_all_end_with_their_own_values()
    {
        using RingTestRing ring = new(6);
        List<RingOperation> operations = [];
        for (int i = 0; i < 300; i++)
        {
            RingOperation operation = new RingOperation()
                .Set(RingVerb.Replace, Encoding.ASCII.GetBytes("k" + i), Encoding.ASCII.GetBytes("v" + i));
            operations.Add(operation);
            ring.Client.Start(operation);
        }

        ring.Finish(operations);
        for (int i = 0; i < 300; i++)
        {
            Assert.Equal(RingResult.Done, operations[i].Result);
            ring.Client.Start(operations[i].Set(RingVerb.Get, Encoding.ASCII.GetBytes("k" + i)));
        }

        ring.Finish(operations);
        for (int i = 0; i < 300; i++)
        {
            Assert.Equal(RingResult.Done, operations[i].Result);
            Assert.Equal("v" + i, Encoding.ASCII.GetString(operations[i].Value));
        }
    }

    [Fact]
    public void What_the_C_program_would_misread_is_not_sent_to_it()
    {
        using RingTestRing ring = new(15);
        Assert.Equal(RingResult.Unreachable, ring.Run(RingVerb.Append, new string('k', 128), "v"));
        Assert.Equal(RingResult.Unreachable, ring.Run(RingVerb.Replace, "k", new string('v', 128)));
        Assert.Equal(RingResult.Unreachable, ring.Run(RingVerb.Get, new string('k', 128)));
        Assert.Contains("longer than 127 bytes", ring.Failure, StringComparison.Ordinal);
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Replace, new string('k', 127), new string('v', 127)));
    }

    [Fact]
    public void Keys_and_values_of_255_bytes_go_through_nodes_of_ours()
    {
        using RingTestRing ring = new(0);
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Replace, new string('k', 255), new string('\0', 255)));
        Assert.Equal(RingResult.Done, ring.Run(RingVerb.Get, new string('k', 255)));
        Assert.Equal(new string('\0', 255), ring.Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Run(RingVerb.Get, new string('k', 256)));
    }

    [Fact]
    public void A_ring_of_one_has_no_replica()
    {
        using RingFakeNode node = new(false);
        List<string> warnings = [];
        using RingClient client = new(RingFakeNode.Ring(node), Timeout, warnings.Add);
        RingOperation operation = new();
        Assert.Equal(RingResult.Done, client.Run(operation.Set(RingVerb.Replace, "key"u8, "value"u8)));
        Assert.Equal(RingResult.Done, client.Run(operation.Set(RingVerb.Get, "key"u8)));
        node.Stop();
        Assert.Equal(RingResult.Unreachable, client.Run(operation));
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_host_name_that_does_not_exist_is_said_so()
    {
        PeerAddress[] nodes = [new PeerAddress(1, "no-such-host.invalid", 6379, 1)];
        using RingClient client = new(nodes, Timeout, null);
        RingOperation operation = new();
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(RingResult.Unreachable, client.Run(operation.Set(RingVerb.Get, "key"u8)));
        Assert.InRange(watch.ElapsedMilliseconds, 0, Patience.Milliseconds);
        Assert.StartsWith("node 1, no-such-host.invalid:6379: ", operation.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_name_is_looked_up()
    {
        using RingFakeNode node = new(true);
        PeerAddress[] nodes = [new PeerAddress(1, "localhost", node.Port, 1)];
        using RingClient client = new(nodes, Timeout, null);
        RingOperation operation = new();
        Assert.Equal(RingResult.NotFound, client.Run(operation.Set(RingVerb.Get, "key"u8)));
    }

    [Fact]
    public void A_node_says_what_it_is()
    {
        using RingTestRing ring = new(2);
        RingOperation operation = new();
        Assert.Equal(RingResult.Done, ring.Client.Run(operation.Set(RingVerb.Identify, default, default, 0)));
        Assert.Equal(PeerKind.Ours, operation.Kind);
        Assert.Equal("epollsrv 9.9.9 keys=0", Encoding.ASCII.GetString(operation.Value));
        Assert.Equal(RingResult.Done, ring.Client.Run(operation.Set(RingVerb.Identify, default, default, 1)));
        Assert.Equal(PeerKind.Original, operation.Kind);
    }
}
