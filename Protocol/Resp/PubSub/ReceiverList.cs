using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>A channel's subscribers, copied under the hub's lock to be sent to outside of it. Free it.</summary>
internal unsafe struct ReceiverList
{
    private readonly BufferPool _pool;
    private readonly Receiver* _few;
    private readonly int _fewLength;
    private Receiver* _many;
    private int _manyBytes;
    private int _count;

    /// <summary>Makes an empty list.</summary>
    /// <param name="pool">For lists that do not fit in <paramref name="few"/>.</param>
    /// <param name="few">Room on the stack.</param>
    /// <param name="fewLength">How many fit there.</param>
    public ReceiverList(BufferPool pool, Receiver* few, int fewLength)
    {
        _pool = pool;
        _few = few;
        _fewLength = fewLength;
    }

    /// <summary>What was taken last.</summary>
    public readonly ReadOnlySpan<Receiver> Span => new(_many == null ? _few : _many, _count);

    /// <summary>Takes the subscribers of a channel instead of those before. Under the hub's lock.</summary>
    public void Take(Channel* channel)
    {
        ReadOnlySpan<Receiver> receivers = Channel.Receivers(channel);
        Free();
        _count = receivers.Length;
        if (_count > _fewLength)
        {
            _many = (Receiver*)_pool.Rent(_count * sizeof(Receiver), out _manyBytes);
        }

        receivers.CopyTo(new Span<Receiver>(_many == null ? _few : _many, _count));
    }

    /// <summary>Empties the list.</summary>
    public void Free()
    {
        _count = 0;
        if (_many != null)
        {
            _pool.Return((byte*)_many, _manyBytes);
            _many = null;
        }
    }
}
