using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>Wakes one thread when there is something to do. Its memory lives as long as the process.</summary>
internal sealed unsafe class WakeWord
{
    private readonly int* _word = (int*)NativeMemory.AllocZeroed(64);

    /// <summary>There is something to do. Any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref *_word, 1) == 0) // pairs with Wait
        {
            _ = Futex.Wake(_word, 1);
        }
    }

    /// <summary>Sleeps until there is something to do, and forgets it. The one thread; may return early.</summary>
    /// <param name="milliseconds">The longest sleep; −1: no limit.</param>
    public void Wait(int milliseconds)
    {
        if (Volatile.Read(ref *_word) == 0) // pairs with Wake
        {
            Futex.Wait(_word, 0, milliseconds);
        }

        Interlocked.Exchange(ref *_word, 0); // pairs with Wake: what it was called for is seen from here on
    }
}
