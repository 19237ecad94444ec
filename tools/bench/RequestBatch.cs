using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Bench;

/// <summary>
/// Builds the requests that a thread of the load generator sends: reads and writes of keys, as the settings say. Belongs to it.
/// </summary>
internal sealed unsafe class RequestBatch : IDisposable
{
    private readonly BenchSettings _settings;
    private readonly RequestWriter _writer;
    private readonly byte* _bytes;
    private readonly ulong _readThreshold;
    private readonly ZipfGenerator _zipf;
    private RandomGenerator _random;
    private long _cursor;

    /// <summary>Made for a thread.</summary>
    public RequestBatch(BenchSettings settings, RequestWriter writer, int thread)
    {
        _settings = settings;
        _writer = writer;
        Capacity = (nuint)settings.Pipeline * (nuint)writer.Largest;
        _bytes = (byte*)NativeMemory.Alloc(Capacity);
        _readThreshold = (ulong)settings.Reads * (ulong.MaxValue / 1_000_000);
        _random = new RandomGenerator(((ulong)(uint)thread << 32) + 0x5DEE_CE66);
        _zipf = new ZipfGenerator(settings.Keys, settings.Theta / 1e6);
        _cursor = thread;
    }

    /// <summary>The most bytes of a batch.</summary>
    public nuint Capacity { get; }

    /// <summary>Builds the next requests of a connection, and notes which of them write.</summary>
    /// <returns>The first byte; it lives until the next batch.</returns>
    public byte* Build(BenchConnection* connection, int count, out long length)
    {
        if (count == 1)
        {
            byte* single = _writer.Single(NextKey(), NextIsWrite(connection, 0), out int bytes);
            length = bytes;
            return single;
        }

        byte* next = _bytes;
        for (int i = 0; i < count; i++)
        {
            bool isWrite = NextIsWrite(connection, i);
            next = _writer.Append(next, NextKey(), isWrite);
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
        if (_settings.Sequential)
        {
            long key = _cursor;
            _cursor += _settings.Threads;
            return key;
        }

        return _settings.Theta > 0 ? _zipf.Next(ref _random) : _random.Below(_settings.Keys);
    }
}
