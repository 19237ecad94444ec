using System;
using System.Globalization;
using System.Threading;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>An orderly stop of a master: its replicas have all that it has.</summary>
[Trait("Category", "Replication")]
public sealed class StopTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_replicas_have_everything(bool isAsked) => Run("60s", (master, replica) =>
    {
        long written = 0;
        bool ends = false;
        using RespClient writer = master.Connect();
        System.Threading.Tasks.Task load = NodeUnderTest.Aside(() =>
        {
            try
            {
                while (!Volatile.Read(ref ends) && writer.Call("SET", "key", (written + 1).ToString(CultureInfo.InvariantCulture)) == "+OK")
                {
                    written++;
                }
            }
            catch (System.IO.IOException)
            {
                // The node has stopped.
            }
        });
        NodeUnderTest.Until(() => Volatile.Read(ref written) > 1000);

        // It is behind when the stop begins.
        replica.Signal("STOP");
        long before = Volatile.Read(ref written);
        NodeUnderTest.Until(() => Volatile.Read(ref written) > before + 1000);
        if (isAsked)
        {
            using RespClient client = master.Connect();
            client.Send("SHUTDOWN");
        }
        else
        {
            master.Node.RequestStop();
        }

        NodeUnderTest.Until(() => load.IsCompleted, "the writer is closed");
        replica.Signal("CONT");
        Assert.Equal(0, master.Node.WaitForExit());
        load.GetAwaiter().GetResult();
        using RespClient second = replica.Connect();
        string expected = written.ToString(CultureInfo.InvariantCulture);
        NodeUnderTest.Until(() => second.Value("GET", "key") == expected, "the replica has the last write: " + expected);
    });

    /// <summary>Clients that are busy are closed after half of the time; a replica has all of it. On a machine that is too slow for the
    /// time the replica comes when it is over: then it is tried with more.</summary>
    [Fact]
    public void A_replica_that_comes_late_gets_everything()
    {
        for (int seconds = 6, keys = 0; keys != 20; seconds *= 2)
        {
            Assert.InRange(seconds, 1, 100);
            keys = ComeLate(seconds);
        }
    }

    [Fact]
    public void A_replica_that_is_stopped_does_not_hold_it_up_for_ever() => Run("1s", (master, replica) =>
    {
        replica.Signal("STOP");
        using (RespClient client = master.Connect())
        {
            Assert.Equal("+OK", client.Call("SET", "key", "1"));
        }

        master.Node.RequestStop();
        Assert.Equal(0, master.Node.WaitForExit());
        master.Node.AwaitLog("cut off");
        replica.Signal("CONT");
    });

    // Answers how many of 20 keys the replica has.
    private int ComeLate(int seconds)
    {
        int keys = 0;
        bool isInTime = false;
        Run(seconds + "s", (master, replica) =>
        {
            replica.Signal("STOP");
            using (RespClient client = master.Connect())
            {
                for (int i = 0; i < 20; i++)
                {
                    Assert.Equal("+OK", client.Call("SET", "key" + i, new string('v', 1_000_000)));
                }
            }

            long begun = Environment.TickCount64;
            master.Node.RequestStop();
            NodeUnderTest.Until(() => Environment.TickCount64 - begun > seconds * 600, "more than half of the time is over");
            replica.Signal("CONT");
            Assert.Equal(0, master.Node.WaitForExit());
            isInTime = Environment.TickCount64 - begun < seconds * 900;
            using RespClient second = replica.Connect();
            keys = int.Parse(second.Call("DBSIZE").AsSpan(1), CultureInfo.InvariantCulture);
        });
        Assert.True(keys == 20 || !isInTime, "the node ended in time, and the replica has " + keys + " keys");
        return keys;
    }

    private void Run(string drainTimeout, Action<KeptNode, KeptNode> body)
    {
        string name = "after" + drainTimeout;
        using KeptNode master = new(_folder[name + "-one"], "--drain-timeout", drainTimeout);
        using KeptNode replica = new(_folder[name + "-two"]);
        replica.Follow(master);
        body(master, replica);
    }
}
