using System;
using System.Linq;
using System.Text;
using System.Threading;

using Epollsrv.Store;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>When the keyspace notifications of a transaction are published.</summary>
public sealed class RespTransactionEventTests
{
    private static readonly ManualResetEventSlim _stopped = new();
    private static readonly ManualResetEventSlim _goOn = new();

    /// <summary>Until then its changes have no place in the log, and others publish what is in the node's queue.</summary>
    [Fact]
    public unsafe void What_a_transaction_changes_is_published_when_it_is_over() => NodeUnderTest.Run(
        "queue edge",
        node =>
        {
            KeyValueStore store = ((InProcessNode)node).Node.Store;
            store.Observers->Journal = &Stop;
            store.Observers->GroupEnded = &Ignore;
            store.Observe(ObserverKinds.Journal, true);
            using RespClient subscriber = new(node);
            using RespClient slow = new(node);
            using RespClient quick = new(node);
            _ = subscriber.Call("PSUBSCRIBE", "__keyspace@0__:*");
            slow.SendRaw("multi\r\nset slow 1\r\nset stop 1\r\n");
            RespTransactionTests.Expect(slow, ["+OK", "+QUEUED", "+QUEUED"]);
            slow.Send("EXEC");
            Assert.True(_stopped.Wait(Patience.Milliseconds));
            string other = KeyOfAnotherPartition(store, "slow", "stop");
            string first;
            try
            {
                Assert.Equal("+OK", quick.Call("SET", other, "1"));
                first = Key(subscriber);
            }
            finally
            {
                _goOn.Set();
            }

            Assert.Equal(other, first);
            Assert.Equal("*2\r\n+OK\r\n+OK\r\n", slow.Reply());
            Assert.Equal("slow", Key(subscriber));
            Assert.Equal("stop", Key(subscriber));
        },
        "--notify-keyspace-events", "K$");

    // The key that an event's channel names.
    private static string Key(RespClient subscriber) => subscriber.Reply().Split("__:")[^1].Split("\r\n")[0];

    private static string KeyOfAnotherPartition(KeyValueStore store, params string[] keys)
    {
        string other = "other";
        while (keys.Any(key => Partition(key) == Partition(other)))
        {
            other += "s";
        }

        return other;

        unsafe int Partition(string name)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(name);
            fixed (byte* data = bytes)
            {
                return store.PartitionOf(store.HashKey(data, bytes.Length));
            }
        }
    }

    // Whoever changes "stop" waits in the middle of it.
    private static unsafe void Stop(StoreAccess access, Effect* effect)
    {
        if (new ReadOnlySpan<byte>(effect->Key, effect->KeyLength).SequenceEqual("stop"u8))
        {
            _stopped.Set();
            _ = _goOn.Wait(Patience.Milliseconds);
        }
    }

    private static void Ignore(StoreAccess access)
    {
    }
}
