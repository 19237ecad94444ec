using System;

using Epollsrv.Engine;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>Who is closed past --max-buffers, while somebody is being closed already.</summary>
public sealed unsafe class LoadShedderTests : IDisposable
{
    private const int Limit = 1 << 20;

    private readonly Server _server = NewServer();

    /// <summary>It closes its connections and descriptors at the end of a run.</summary>
    public void Dispose()
    {
        Assert.True(_server.Listen(out string complaint), complaint);
        _server.RequestStop();
        Assert.Equal(0, _server.Run());
    }

    /// <summary>A worker has ended the one that held most: its generation is over, and it has still to give back what it held.</summary>
    [Fact]
    public void Nobody_else_pays_while_the_one_that_held_most_gives_it_back()
    {
        ConnectionSlot* greedy = Take(2 * Limit);
        ConnectionSlot* modest = Take(1500);
        ConnectionState.Close(&greedy->State);
        Shed();
        Assert.False(ConnectionState.IsClosing(&modest->State));
        End(modest);
        Return(greedy);
    }

    [Fact]
    public void Who_holds_more_than_the_one_that_ends_is_closed()
    {
        ConnectionSlot* ending = Take(1500);
        ConnectionSlot* greedy = Take(2 * Limit);
        ConnectionState.Close(&ending->State);
        Shed();
        Assert.True(ConnectionState.IsClosing(&greedy->State));
        Return(ending);
    }

    [Fact]
    public void A_slot_that_nobody_uses_any_more_holds_nothing()
    {
        ConnectionSlot* former = Take(0);
        former->Held = 2 * Limit;
        ConnectionSlot* greedy = Take(2 * Limit);
        End(former);
        Shed();
        Assert.True(ConnectionState.IsClosing(&greedy->State));
    }

    private static Server NewServer()
    {
        ServerOptions options = new() { MaxClients = 16, MaxBuffers = Limit, Protocols = [default] };
        Assert.True(SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address));
        options.ListenOn(address);
        return new Server(options);
    }

    private void Shed() => new LoadShedder(_server, _server.Loop.Context).Shed();

    private ConnectionSlot* Take(long held)
    {
        ConnectionSlot* slot = _server.Connections.At(_server.Connections.Take());
        slot->Descriptor = SystemRefusedException.Check(Epoll.Create(), "a descriptor"); // of any kind: it is closed only
        slot->Held = held;
        _server.Buffers.Charge(held);
        ConnectionState.Open(&slot->State);
        return slot;
    }

    private void End(ConnectionSlot* slot)
    {
        ConnectionState.Close(&slot->State);
        Return(slot);
    }

    private void Return(ConnectionSlot* slot)
    {
        Descriptor.Close(slot->Descriptor);
        slot->Descriptor = -1;
        for (int index = 0; index < _server.Connections.Used; index++)
        {
            if (_server.Connections.At(index) == slot)
            {
                _server.Connections.Return(index);
            }
        }
    }
}
