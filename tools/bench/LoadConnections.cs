using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>The connections of one thread of the load generator, in native memory, and the epoll descriptor that watches them.</summary>
internal sealed unsafe class LoadConnections : IDisposable
{
    private readonly BenchConnection* _first;

    /// <summary>So many connections, not yet connected.</summary>
    public LoadConnections(int count)
    {
        Count = count;
        _first = (BenchConnection*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(BenchConnection));
        for (int i = 0; i < count; i++)
        {
            _first[i].Descriptor = -1;
        }

        Epoll = SystemRefusedException.Check(Native.Epoll.Create(), "epoll_create1");
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The epoll descriptor; its tokens are pointers to connections.</summary>
    public int Epoll { get; }

    /// <summary>One of them. Larger numbers begin with the first one again.</summary>
    public BenchConnection* this[long number] => _first + (number % Count);

    /// <summary>Connects all and waits for each. Main thread, before the thread runs.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public string? Open(BenchSettings settings)
    {
        for (int i = 0; i < Count; i++)
        {
            int descriptor = Handshake.Connect(settings, out string? failure);
            if (descriptor < 0)
            {
                return failure;
            }

            _first[i].Descriptor = descriptor;
            int result = LoadSocket.Watch(_first + i, Epoll);
            if (result < 0)
            {
                return "epoll: " + Errno.Describe(result);
            }
        }

        return null;
    }

    /// <summary>Closes everything. After the thread has ended.</summary>
    public void Dispose()
    {
        for (int i = 0; i < Count; i++)
        {
            if (_first[i].Descriptor >= 0)
            {
                Descriptor.Close(_first[i].Descriptor);
            }

            NativeMemory.Free(_first[i].Kept);
            NativeMemory.Free(_first[i].Unsent);
        }

        Descriptor.Close(Epoll);
        NativeMemory.Free(_first);
    }
}
