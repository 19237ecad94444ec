using System.Threading;

namespace Epollsrv.Journal;

/// <summary>The position up to which the log has what its policy asks for, as its listener knows it. Only rises. Any thread.</summary>
internal sealed unsafe class ReachedPosition(LogListener listener, LogCondition condition, long position)
{
    private readonly Lock _telling = new();
    private long _value = position;

    /// <summary>The position.</summary>
    public long Value => Volatile.Read(ref _value); // pairs with Tell

    /// <summary>The log has come so far, unless something is wrong with it.</summary>
    public void Tell(long reached)
    {
        lock (_telling)
        {
            if (reached > _value && condition.State == LogState.Sound)
            {
                Volatile.Write(ref _value, reached); // pairs with Value
                listener.Reached(listener.Owner, reached);
            }
        }
    }
}
