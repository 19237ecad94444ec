using System.Threading;

namespace Epollsrv.Engine;

/// <summary>A spin lock for a few instructions where requests do not come by: opening and closing, pooled buffers. Any thread.</summary>
internal struct ShortLock
{
    private int _taken;

    /// <summary>Waits for the lock.</summary>
    public void Enter()
    {
        SpinWait spin = default;
        while (Interlocked.CompareExchange(ref _taken, 1, 0) != 0) // pairs with Exit
        {
            spin.SpinOnce();
        }
    }

    /// <summary>Gives it back. Only who entered.</summary>
    public void Exit() => Volatile.Write(ref _taken, 0); // pairs with Enter
}
