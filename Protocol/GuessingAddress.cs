namespace Epollsrv.Protocol;

/// <summary>An address that wrong passwords came from.</summary>
internal struct GuessingAddress
{
    /// <summary>Which.</summary>
    public ulong Address;

    /// <summary>Monotonic nanoseconds until when no password from there is looked at.</summary>
    public long Until;
}
