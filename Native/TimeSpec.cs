namespace Epollsrv.Native;

/// <summary>struct timespec of 64-bit Linux.</summary>
internal struct TimeSpec
{
    /// <summary>Whole seconds.</summary>
    public long Seconds;

    /// <summary>0 … 999,999,999.</summary>
    public long Nanoseconds;
}
