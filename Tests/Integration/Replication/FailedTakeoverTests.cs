using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A master's snapshot that is good and cannot be kept, because the disk is full: the files that are there count.</summary>
public sealed class FailedTakeoverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private List<string> Options => ["--port", "0", "--workers", "1", "--data", _folder["data"]];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_is_answered_and_a_restart_has_the_data_of_before()
    {
        FullDisk disk = new();
        using (FakeMaster master = new())
        using (InProcessNode node = new(Options, disk))
        using (RespClient client = new(node))
        {
            Assert.Equal("+OK", client.Call("SET", "own", "1"));
            Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
            _ = master.Greet();
            disk.IsFull = true;
            byte[] rdb = FakeMaster.Rdb(FakeMaster.Pair("k", "1"));
            master.Send("+FULLRESYNC " + FakeMaster.History + " 1000\r\n$" + rdb.Length + "\r\n");
            master.Send(rdb);
            NodeUnderTest.Until(() => client.Call("GET", "own").StartsWith("-LOADING", StringComparison.Ordinal)
                && StoreComparison.Field(client, "master_sync_in_progress") == "0", "the link is given up");
            Assert.StartsWith("-LOADING", client.Call("SET", "own", "2"), StringComparison.Ordinal);
            Assert.Equal("slave", StoreComparison.Field(client, "role"));

            // The way out: another master, and the disk is well again.
            Assert.StartsWith("-LOADING", client.Call("REPLICAOF", "NO", "ONE"), StringComparison.Ordinal);
            Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", "1"));
            _ = node.Stop();
        }

        using InProcessNode again = new(Options);
        using RespClient reader = new(again);
        Assert.Equal("$1\r\n1\r\n", reader.Call("GET", "own"));
        Assert.Equal("$-1", reader.Call("GET", "k"));
        Assert.Equal("slave", StoreComparison.Field(reader, "role"));
        _ = again.Stop();
    }

    private sealed class FullDisk : Disk
    {
        private bool _isFull;

        public bool IsFull
        {
            get => Volatile.Read(ref _isFull);
            set => Volatile.Write(ref _isFull, value);
        }

        public override int OpenForWriting(string path, bool truncate)
            => IsFull && truncate ? -Errno.NoSpace : base.OpenForWriting(path, truncate);
    }
}
