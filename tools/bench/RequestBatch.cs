using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Bench;

/// <summary>
/// Builds the requests that a thread of the load generator sends: reads and writes of keys, as the settings say. Belongs to it.
/// </summary>
internal sealed unsafe class RequestBatch(BenchSettings settings, RequestWriter writer, int thread) : IDisposable
{
    private readonly byte* _bytes = (byte*)NativeMemory.Alloc((nuint)settings.Pipeline * (nuint)writer.Largest);
    private readonly ulong _readThreshold = (ulong)settings.Reads * (ulong.MaxValue / 1_000_000);
    private readonly ZipfGenerator _zipf = new(settings.Keys, settings.Theta / 1e6);
    private RandomGenerator _random = new(((ulong)(uint)thread << 32) + 0x5DEE_CE66);
    private long _cursor = thread;

    /// <summary>The most bytes of a batch.</summary>
    public nuint Capacity => (nuint)settings.Pipeline * (nuint)writer.Largest;

    /// <summary>Builds the next requests of a connection, and notes which of them write.</summary>
    /// <returns>The first byte; it lives until the next batch.</returns>
    public byte* Build(BenchConnection* connection, int count, out long length)
    {
        if (count == 1)
        {
            byte* single = writer.Single(NextKey(), NextIsWrite(connection, 0), out int bytes);
            length = bytes;
            return single;
        }

        byte* next = _bytes;
        for (int i = 0; i < count; i++)
        {
            bool isWrite = NextIsWrite(connection, i);
            next = writer.Append(next, NextKey(), isWrite);
        }

        length = next - _bytes;
        return _bytes;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => NativeMemory.Free(_bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool NextIsWrite(BenchConnection* connection, int place)
    {
        bool isWrite = _random.Next() >= _readThreshold;
        connection->Mark(connection->Sent + place, isWrite);
        return isWrite;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long NextKey()
    {
        if (settings.Sequential)
        {
            long key = _cursor;
            _cursor += settings.Threads;
            return key;
        }

        return settings.Theta > 0 ? _zipf.Next(ref _random) : _random.Below(settings.Keys);
    }
}
