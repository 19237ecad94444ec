using System;
using System.Collections.Generic;
using System.Diagnostics;

using Epollsrv.Native;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Gate;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>The reply gate with many connections, and with a position that
/// moves at the very moment at which a connection becomes held.</summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed class GateStressTests(ITestOutputHelper output)
{
    private const int Wanted = 10_000;
    private const int Reserve = 500;

    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Fact]
    public void Ten_thousand_held_connections_cost_no_thread_and_keep_nobody_waiting()
    {
        // Both ends are in this process.
        int count = (int)Math.Min(Wanted, (ProcessLimits.RaiseOpenFiles() - Reserve) / 2);
        using GateServer server = new("adaptive edge", options => options.MaxClients = Wanted + 100);
        List<Client> clients = [];
        try
        {
            using Client other = server.Connect();
            Echo(other);
            int threads = Process.GetCurrentProcess().Threads.Count;
            for (int i = 0; i < count; i++)
            {
                Client client = server.Connect();
                clients.Add(client);
                client.Send(i % 2 == 0 ? "5a|b|"u8 : "7c|d|"u8);
            }

            server.UntilHeld(count);
            Assert.InRange(Process.GetCurrentProcess().Threads.Count, 0, threads + 5);
            long before = server.Count(counters => counters.Waits);
            Echo(other);
            Assert.InRange(server.Count(counters => counters.Waits) - before, 0, 20);

            long began = Stopwatch.GetTimestamp();
            server.Gate.Publish(5);
            Receive(clients, 0, "ab"u8);
            output.WriteLine($"{count} connections held, half of them answered after {Stopwatch.GetElapsedTime(began).TotalMilliseconds} ms");
            server.UntilHeld(count / 2);
            server.Gate.Publish(6);
            Echo(other);
            server.UntilHeld(count / 2);
            server.Gate.Publish(7);
            Receive(clients, 1, "cd"u8);
            server.UntilNothingIsHeld();
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void No_wake_up_is_lost_when_the_position_moves_while_a_connection_becomes_held(string place)
    {
        const int rounds = 20_000;
        using GateServer server = new(place);
        using Client client = server.Connect();
        bool isOver = false;
        Beside mover = new(() =>
        {
            while (!System.Threading.Volatile.Read(ref isOver))
            {
                long wanted = server.Wanted;
                if (wanted > server.Gate.Durable)
                {
                    server.Gate.Publish(wanted);
                }
            }

            return null;
        });
        try
        {
            for (int i = 0; i < rounds; i++)
            {
                // Nobody else moves the position: a wake-up that is lost is a reply that never comes.
                client.Send("+a|"u8);
                Assert.Equal((byte)'a', client.Receive(1)[0]);
            }
        }
        finally
        {
            System.Threading.Volatile.Write(ref isOver, true);
            mover.Check();
        }
    }

    private static void Echo(Client client)
    {
        client.Send("xyz|"u8);
        Assert.Equal("xyz"u8.ToArray(), client.Receive(3));
    }

    private static void Receive(List<Client> clients, int first, ReadOnlySpan<byte> expected)
    {
        for (int i = first; i < clients.Count; i += 2)
        {
            Assert.Equal(expected.ToArray(), clients[i].Receive(expected.Length));
        }
    }
}
