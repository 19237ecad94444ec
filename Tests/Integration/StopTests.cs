using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The orderly stop, in process and of the published program with signals.</summary>
[Collection(LoadCollection.Name)]
public sealed class StopTests
{
    private const int Frame = CsFrame.Size;

    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> AllPlaces => NodeUnderTest.AllPlaces;

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Idle_connections_are_ended_at_once(string place) => NodeUnderTest.Run(place, node =>
    {
        List<Client> clients = [];
        for (int i = 0; i < 20; i++)
        {
            clients.Add(node.Connect());
            Assert.Null(clients[i].Get("absent"));
        }

        Assert.Equal(0, node.Stop());
        clients.ForEach(client => Assert.Empty(client.ReceiveToEnd()));
    }, "--drain-timeout", "1h");

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Requests_received_before_the_stop_are_answered_in_full(string place) => NodeUnderTest.Run(place, node =>
    {
        // Written whole, not read: the replies are in the node's queue, in the kernel, and partly not made yet.
        const int Count = 6000;
        using Client client = node.Connect();
        client.Put("key", "value");
        client.Send(BackPressureTests.Repeat(Frames.Get("key"), Count));
        node.RequestStop();
        byte[] replies = client.Receive(Count * Frame);
        Assert.Equal(Frames.Found(Frames.Get("key"), "value"u8), replies[^Frame..]);
        Assert.Empty(client.ReceiveToEnd());
        client.Dispose();
        Assert.Equal(0, node.WaitForExit());
    }, "--drain-timeout", "1h");

    /// <summary>
    /// Clients that never stop sending: what was sent before the stop is answered, no reply is cut, and then the stream ends.
    /// </summary>
    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Under_load_every_reply_begun_arrives_whole_and_the_node_ends_in_time(string place) => NodeUnderTest.Run(place, node =>
    {
        using (Client first = node.Connect())
        {
            first.Put("key", "value");
        }

        List<Beside> loads = [];
        using CountdownEvent running = new(6);
        StrongBox<bool> stopped = new();
        for (int i = 0; i < 6; i++)
        {
            int pipeline = 1 + (i * 7);
            loads.Add(new Beside(() => Load(node, pipeline, running, stopped)));
        }

        Assert.True(running.Wait(Patience.Milliseconds));
        Volatile.Write(ref stopped.Value, true);
        Assert.Equal(0, node.Stop());
        loads.ForEach(load => load.Check());
    }, "--drain-timeout", "1h");

    [Fact]
    public void A_client_that_does_not_take_its_replies_is_cut_off_after_the_drain_time_and_the_stop_is_orderly()
        => NodeUnderTest.RunEverywhere(
            node =>
            {
                using Client client = node.Connect(receiveBuffer: 4096);
                client.Put("key", "value");
                client.Send(BackPressureTests.Repeat(Frames.Get("key"), 5000));
                NodeUnderTest.Until(() => node.Server.Buffers.InUse > 0, "output is queued");
                Stopwatch watch = Stopwatch.StartNew();
                Assert.Equal(0, node.Stop());
                Assert.InRange(watch.ElapsedMilliseconds, 600, Patience.Milliseconds);
            },
            "--drain-timeout", "800ms");

    [Fact]
    public void Half_a_request_holds_up_the_stop_no_longer_than_the_drain_time()
        => NodeUnderTest.RunEverywhere(
            node =>
            {
                using Client client = node.Connect();
                client.Send(Frames.Get("key").AsSpan(0, 700));
                NodeUnderTest.Until(() => node.Server.Buffers.InUse > 0, "half a request is kept");
                Assert.Equal(0, node.Stop());
            },
            "--drain-timeout", "800ms");

    [Theory]
    [MemberData(nameof(Places))]
    public void A_stop_asked_for_many_times_by_many_threads_is_one_stop(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client client = node.Connect();
        client.Put("key", "value");
        Parallel.For(0, 8, _ => node.RequestStop());
        Assert.Equal(0, node.WaitForExit());
    });

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void The_program_ends_with_0_and_its_last_words(string signal)
    {
        // A shell that runs the tests in the background may have INT ignored, and so would the program.
        using PublishedNode node = new(["--port", "0"], "env", "--default-signal=" + signal);
        using (Client client = node.Connect())
        {
            client.Put("key", "value");
        }

        node.Signal(signal);
        Assert.Equal(0, node.WaitForExit());
        node.AwaitLog("SIG" + signal + " received");
        node.AwaitLog("stopped after 1 requests");
    }

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void A_second_signal_ends_the_program_at_once(string place)
    {
        using PublishedNode node = (PublishedNode)NodeUnderTest.Start(place, "--drain-timeout", "1h");
        using Client client = node.Connect(receiveBuffer: 4096);
        client.Put("key", "value");
        client.Send(BackPressureTests.Repeat(Frames.Get("key"), 5000));
        node.Signal("TERM");
        node.AwaitLog("SIGTERM received");
        Assert.False(node.Process.HasExited);
        node.Signal("TERM");
        Assert.Equal(1, node.WaitForExit());
    }

    [Fact]
    public void A_signal_at_any_moment_of_the_start_ends_the_program_one_way_or_the_other()
    {
        // Before the program has taken the signals over, the kernel's default ends it: 128 + 15 in a shell, -15 or 143 here.
        // The delays grow until it is certain that one came after that: on a busy machine a start takes long.
        int orderly = 0;
        for (int delay = 0; delay < 24 || orderly == 0; delay++)
        {
            using PublishedNode node = PublishedNode.StartOnly("serve", "--port", "0");
            if (delay < 24)
            {
                Thread.SpinWait(delay * 50_000);
            }
            else
            {
                Thread.Sleep(50 << Math.Min(delay - 24, 11));
            }

            node.Signal("TERM");
            int code = node.WaitForExit();
            Assert.True(code is 0 or 143, $"exit code {code}: {node.LogText}");
            orderly += code == 0 ? 1 : 0;
            Assert.True(delay < 36, "the signal is never taken over");
        }
    }

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void A_signal_at_any_moment_under_load_ends_the_program_in_order(string place)
    {
        Random random = new(42);
        for (int round = 0; round < 8; round++)
        {
            using PublishedNode node = (PublishedNode)NodeUnderTest.Start(place, "--drain-timeout", "1h");
            using CountdownEvent running = new(3);
            StrongBox<bool> stopped = new();
            List<Beside> loads = [];
            for (int i = 0; i < 3; i++)
            {
                int pipeline = 1 + (i * 10);
                loads.Add(new Beside(() => Load(node, pipeline, running, stopped)));
            }

            Assert.True(running.Wait(Patience.Milliseconds));
            Thread.Sleep(random.Next(30));
            Volatile.Write(ref stopped.Value, true);
            Assert.Equal(0, node.Stop());
            loads.ForEach(load => load.Check());
        }
    }

    // Sends GETs without end, that many at once. Null when what came back was whole replies and then an end, else what was wrong.
    private static string? Load(NodeUnderTest node, int pipeline, CountdownEvent running, StrongBox<bool> stopped)
    {
        bool signalled = false;
        try
        {
            using Client client = node.Connect();
            byte[] batch = BackPressureTests.Repeat(Frames.Get("key"), pipeline);
            byte[] buffer = new byte[batch.Length];
            while (true)
            {
                bool broken = false;
                bool inTime = false;
                try
                {
                    client.Send(batch);
                    inTime = !Volatile.Read(ref stopped.Value);
                }
                catch (SocketException)
                {
                    // The node has closed; what it sent before must still be there to read.
                    broken = true;
                }

                int done = 0;
                while (done < buffer.Length)
                {
                    int count = 0;
                    try
                    {
                        count = client.Socket.Receive(buffer, done, buffer.Length - done, SocketFlags.None);
                    }
                    catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
                    {
                        // Only after whole replies: our own later requests met a closed socket.
                    }

                    if (count == 0)
                    {
                        return done % Frame != 0 ? $"the last reply was cut after {done % Frame} bytes"
                            : inTime ? $"{pipeline} requests were sent before the stop, {done / Frame} answered"
                            : null;
                    }

                    done += count;
                }

                if (!signalled)
                {
                    signalled = true;
                    running.Signal();
                }

                if (broken)
                {
                    return null;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return signalled ? exception.ToString() : "did not get going: " + exception;
        }
        finally
        {
            if (!signalled)
            {
                running.Signal();
            }
        }
    }
}
