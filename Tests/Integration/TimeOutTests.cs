using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Who does something in time is not closed for being slow, and who does nothing is.</summary>
[Collection(LoadCollection.Name)]
public sealed class TimeOutTests
{
    [Fact]
    public void A_reader_that_makes_progress_is_not_closed_by_the_write_time_out()
        => Patience.WithMoreTime(1000, static timeout => NotSpoiled(ReadsSlowly, timeout, "--write-timeout"));

    [Fact]
    public void A_silent_client_is_closed_after_the_idle_time_out_and_a_busy_one_is_not()
        => Patience.WithMoreTime(1000, static timeout => NotSpoiled(IsBusy, timeout, "--idle-timeout"));

    // False: some client, or the node, was held up for so long that a connection was closed rightly. With more time that must end.
    private static bool NotSpoiled(Func<NodeUnderTest, int, bool> body, int timeout, string option)
    {
        int spoiled = 0;
        NodeUnderTest.RunEverywhere(
            node =>
            {
                if (!body(node, timeout))
                {
                    _ = Interlocked.Increment(ref spoiled); // pairs with the read after all threads have ended
                }
            },
            option, timeout.ToString(CultureInfo.InvariantCulture) + "ms");
        return spoiled == 0;
    }

    private static bool ReadsSlowly(NodeUnderTest node, int timeout)
    {
        const int Count = 8000;
        using Client client = node.Connect(receiveBuffer: 65536);
        client.Put("key", "value");
        try
        {
            Task writer = NodeUnderTest.Aside(() => client.Send(BackPressureTests.Repeat(Frames.Get("key"), Count)));
            for (int done = 0; done < Count * CsFrame.Size;)
            {
                // More than twice the time-out in all, but never as long without reading.
                Thread.Sleep(timeout / 5);
                int part = Math.Min(600_000, (Count * CsFrame.Size) - done);
                _ = client.Receive(part);
                done += part;
            }

            writer.Wait();
            Assert.Equal(0, node.Count(counters => counters.TimedOut));
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return false;
        }
    }

    private static bool IsBusy(NodeUnderTest node, int timeout)
    {
        using Client silent = node.Connect();
        using Client half = node.Connect();
        using Client busy = node.Connect();
        half.Send(Frames.Get("key").AsSpan(0, 700));
        long begin = Environment.TickCount64;
        long last = begin;
        try
        {
            while (last - begin < 3 * timeout || !Ended(silent) || !Ended(half))
            {
                Assert.Null(busy.Get("absent"));
                last = Environment.TickCount64;
                Assert.True(last - begin < Patience.Milliseconds, "the silent ones are not closed");
                Thread.Sleep(20);
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return false;
        }

        static bool Ended(Client client) => client.Socket.Poll(0, SelectMode.SelectRead);
    }
}
