using System;

using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Engine;

/// <summary>Two connected TCP sockets on loopback, non-blocking; with small buffers when asked.</summary>
internal sealed unsafe class SocketPair : IDisposable
{
    public SocketPair(int bufferBytes = 0)
    {
        Assert.True(SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address));
        int listener = Socket.Create(address.Family);
        Assert.Equal(0, Socket.Bind(listener, ref address));
        Assert.Equal(0, Socket.Listen(listener, 1));
        Assert.Equal(0, Socket.LocalAddress(listener, out address));
        if (bufferBytes > 0)
        {
            Socket.BufferSizes(listener, bufferBytes);
        }

        Second = Socket.Create(address.Family);
        if (bufferBytes > 0)
        {
            Socket.BufferSizes(Second, bufferBytes);
        }

        int result = Socket.Connect(Second, ref address);
        Assert.True(result is 0 or -Errno.InProgress);
        PollEntry entry = new() { Descriptor = listener, Events = PollEntry.In };
        Assert.Equal(1, Descriptor.Poll(&entry, 1, 5000));
        First = Socket.Accept(listener);
        Assert.True(First >= 0);
        Descriptor.Close(listener);
        Socket.NoDelay(First);
        Socket.NoDelay(Second);
    }

    public int First { get; }

    public int Second { get; private set; }

    public void CloseSecond()
    {
        Descriptor.Close(Second);
        Second = -1;
    }

    public void Dispose()
    {
        Descriptor.Close(First);
        if (Second >= 0)
        {
            Descriptor.Close(Second);
        }
    }
}
