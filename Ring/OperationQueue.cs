namespace Epollsrv.Ring;

/// <summary>Operations in order, linked through <see cref="RingOperation.Next"/>. A value: copying it moves it.</summary>
internal struct OperationQueue
{
    private RingOperation? _tail;

    /// <summary>The first, or null.</summary>
    public RingOperation? Head { get; private set; }

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there is none.</summary>
    public readonly bool IsEmpty => Head is null;

    /// <summary>Adds at the end.</summary>
    public void Push(RingOperation operation)
    {
        operation.Next = null;
        if (_tail is null)
        {
            Head = operation;
        }
        else
        {
            _tail.Next = operation;
        }

        _tail = operation;
        Count++;
    }

    /// <summary>Adds at the beginning.</summary>
    public void PushFront(RingOperation operation)
    {
        operation.Next = Head;
        Head = operation;
        _tail ??= operation;
        Count++;
    }

    /// <summary>Takes the first out, or null.</summary>
    public RingOperation? Pop()
    {
        RingOperation? first = Head;
        if (first is not null)
        {
            Head = first.Next;
            _tail = Head is null ? null : _tail;
            first.Next = null;
            Count--;
        }

        return first;
    }
}
