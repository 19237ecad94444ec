using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>With --fsync always no replica has a change before its master's disk: neither from the stream nor in a snapshot.</summary>
public sealed class HeldStreamTests : IDisposable
{
    // Each is a request and its reply: long enough for a message to a replica that nothing holds.
    private const int Looks = 50;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_replica_waits_for_its_masters_disk()
    {
        HoldingDisk disk = new();
        using InProcessNode master = new(["--port", "0", "--workers", "1", "--data", _folder["data"], "--fsync", "always"], disk);
        using InProcessNode replica = new(Follower(master));
        using RespClient writer = new(master);
        using RespClient reader = new(replica);
        Assert.Equal("+OK", writer.Call("SET", "first", "1"));
        NodeUnderTest.Until(() => reader.Call("GET", "first") == "$1\r\n1\r\n", "the replica has what the disk has");

        disk.Hold();
        using InProcessNode next = new(Follower(master));
        using RespClient newcomer = new(next);
        try
        {
            writer.Send("SET", "second", "2");
            NodeUnderTest.Until(() => disk.IsHolding, "the disk is at work");
            for (int i = 0; i < Looks; i++)
            {
                Assert.Equal("$-1", reader.Call("GET", "second"));
                Assert.NotEqual("$1\r\n2\r\n", newcomer.Call("GET", "second"));
            }
        }
        finally
        {
            disk.Release();
        }

        Assert.Equal("+OK", writer.Reply());
        foreach (RespClient client in new[] { reader, newcomer })
        {
            NodeUnderTest.Until(() => client.Call("GET", "second") == "$1\r\n2\r\n", "the replica has what the disk has");
        }

        _ = next.Stop();
        _ = replica.Stop();
        _ = master.Stop();
    }

    private static List<string> Follower(InProcessNode master)
        => ["--port", "0", "--workers", "1", "--replica-of", FormattableString.Invariant($"127.0.0.1:{master.Port}")];

    // Has a file on the disk only when it is let.
    private sealed class HoldingDisk : Disk
    {
        private readonly ManualResetEventSlim _open = new(true);
        private int _held;

        public bool IsHolding => Volatile.Read(ref _held) != 0; // pairs with Synchronize

        public void Hold() => _open.Reset();

        public void Release() => _open.Set();

        public override int Synchronize(int descriptor)
        {
            if (!_open.IsSet)
            {
                Volatile.Write(ref _held, 1); // pairs with IsHolding
                _open.Wait();
            }

            return base.Synchronize(descriptor);
        }
    }
}
