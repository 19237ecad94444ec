using System;
using System.Net;
using System.Text;
using System.Threading;

using Epollsrv.Engine;

using Xunit;

using SocketAddress = Epollsrv.Native.SocketAddress;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// The engine under a protocol of single letters: what protocols may ask for beside writing bytes. p pauses, l is long,
/// r notes the connection, P posts to the noted one, k kills it, s asks to be told of the end, q closes; other bytes come back.
/// </summary>
public sealed unsafe class SeamTests
{
    private static readonly ulong[] _noted = new ulong[1];
    private static int _ended;

    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void A_long_request_runs_on_a_worker_and_in_order(string place) => Run(place, (server, connect) =>
    {
        using Client client = connect();
        for (int i = 0; i < 200; i++)
        {
            client.Send("abclldefl"u8);
            Assert.Equal("abcWWdefW", Encoding.ASCII.GetString(client.Receive(9)));
        }
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_post_reaches_a_connection_whatever_it_is_doing(string place) => Run(place, (server, connect) =>
    {
        using Client receiver = connect();
        using Client sender = connect();
        receiver.Send("r."u8);
        Assert.Equal("."u8.ToArray(), receiver.Receive(1));
        for (int i = 0; i < 500; i++)
        {
            sender.Send("P"u8);
            receiver.Send("x"u8);
            byte[] got = receiver.Receive("x<posted>".Length);
            Assert.Contains((byte)'x', got);
            Assert.Contains("posted", Encoding.ASCII.GetString(got), StringComparison.Ordinal);
            Assert.Equal("+"u8.ToArray(), sender.Receive(1));
        }
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_paused_connection_is_read_no_more_until_something_is_posted(string place) => Run(place, (server, connect) =>
    {
        using Client paused = connect();
        using Client other = connect();
        paused.Send("r1p2"u8);
        Assert.Equal("1"u8.ToArray(), paused.Receive(1));
        paused.Send("3"u8);
        for (int i = 0; i < 20; i++)
        {
            other.Send("x"u8);
            _ = other.Receive(1);
        }

        Assert.Equal(0, paused.Socket.Available);
        other.Send("P"u8);
        Assert.Equal("<posted>23", Encoding.ASCII.GetString(paused.Receive(10)));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_paused_connection_whose_peer_is_gone_is_closed_and_the_loop_does_not_spin(string place) => Run(place, (server, connect) =>
    {
        using Client other = connect();
        Client paused = connect();
        paused.Send("1p"u8);
        Assert.Equal("1"u8.ToArray(), paused.Receive(1));
        paused.Reset();
        NodeUnderTest.Until(() => server.Connections.Open == 1, "closed although nobody reads it");
        long before = server.Loop.Context.Counters->Waits;
        Thread.Sleep(200);
        Assert.InRange(server.Loop.Context.Counters->Waits - before, 0, 50);
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void A_paused_connection_whose_peer_sends_no_more_waits_for_its_post_without_spinning(string place) =>
        Run(place, (server, connect) =>
    {
        using Client paused = connect();
        using Client other = connect();
        paused.Send("r1p2"u8);
        paused.ShutdownSend();
        Assert.Equal("1"u8.ToArray(), paused.Receive(1));
        long before = server.Loop.Context.Counters->Waits;
        Thread.Sleep(200);
        Assert.InRange(server.Loop.Context.Counters->Waits - before, 0, 50);
        other.Send("P"u8);
        Assert.Equal("<posted>2", Encoding.ASCII.GetString(paused.ReceiveToEnd()));
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Killing_a_connection_ends_it_once_and_tells_its_protocol(string place) => Run(place, (server, connect) =>
    {
        using Client killer = connect();
        for (int i = 0; i < 50; i++)
        {
            int before = Volatile.Read(ref _ended);
            using Client victim = connect();
            victim.Send("rs."u8);
            Assert.Equal("."u8.ToArray(), victim.Receive(1));
            victim.Send("xxx"u8);
            killer.Send("kk"u8);
            Assert.True(victim.EndsWithin());
            NodeUnderTest.Until(() => server.Connections.Open == 1, "closed");
            Assert.Equal(before + 1, Volatile.Read(ref _ended));
            byte[] answers = killer.Receive(2);
            Assert.Equal((byte)'+', answers[0]);

            // And the token is of no use for whoever has the slot next.
            using Client next = connect();
            next.Send("."u8);
            Assert.Equal("."u8.ToArray(), next.Receive(1));
            killer.Send("k"u8);
            Assert.Equal("-"u8.ToArray(), killer.Receive(1));
            next.Send("."u8);
            Assert.Equal("."u8.ToArray(), next.Receive(1));
            next.Dispose();
            NodeUnderTest.Until(() => server.Connections.Open == 1, "closed");
        }
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Closing_after_the_flush_delivers_what_was_written_and_drops_the_rest(string place) => Run(place, (server, connect) =>
    {
        for (int i = 0; i < 50; i++)
        {
            using Client client = connect();
            client.Send("abcqdef"u8);
            Assert.Equal("abc", Encoding.ASCII.GetString(client.ReceiveToEnd()));
        }
    });

    private static void Run(string place, Action<Server, Func<Client>> body)
    {
        string[] words = place.Split(' ');
        ServerOptions options = new()
        {
            Protocols = [new ProtocolEntry { Consume = &Consume, Ended = &Ended }],
            Workers = 2,
            Dispatch = words[0] == "queue" ? DispatchPolicy.Queue : DispatchPolicy.Adaptive,
            Rearm = words[1] == "edge" ? RearmWay.Edge : words[1] == "oneshot" ? RearmWay.OneShot : RearmWay.Delete,
            MaxClients = 100,
        };
        Assert.True(SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address));
        options.ListenOn(address);
        Server server = new(options);
        Assert.True(server.Listen(out string error), error);
        Beside loop = new(() => server.Run() == 0 ? null : "the loop failed");
        try
        {
            body(server, () => new Client(new IPEndPoint(IPAddress.Loopback, server.BoundAddresses[0].Port)));
        }
        finally
        {
            server.RequestStop();
            loop.Check();
        }
    }

    private static void Ended(ThreadContext thread) => Interlocked.Increment(ref _ended);

    private static int Consume(ThreadContext thread, byte* data, int length)
    {
        for (int i = 0; i < length; i++)
        {
            if (thread.ShouldStop)
            {
                return i;
            }

            switch (data[i])
            {
                case (byte)'p':
                    thread.PauseInput();
                    break;
                case (byte)'l':
                    if (thread.DeferLong())
                    {
                        return i;
                    }

                    thread.Output.Write("W"u8);
                    break;
                case (byte)'r':
                    _noted[0] = thread.Token;
                    break;
                case (byte)'s':
                    thread.KeepSession();
                    break;
                case (byte)'P':
                    SharedBytes* bytes = SharedBytes.TryCreate(thread.Server.Buffers, 8);
                    "<posted>"u8.CopyTo(new Span<byte>(SharedBytes.Data(bytes), 8));
                    thread.Output.Write(thread.Server.Signals.Post(_noted[0], bytes, 0) ? "+"u8 : "-"u8);
                    SharedBytes.Release(thread.Server.Buffers, bytes);
                    break;
                case (byte)'k':
                    thread.Output.Write(thread.Server.Signals.Kill(_noted[0]) ? "+"u8 : "-"u8);
                    break;
                case (byte)'q':
                    thread.CloseAfterFlush();
                    break;
                default:
                    thread.Output.Write(data + i, 1);
                    break;
            }
        }

        return length;
    }
}
