namespace Epollsrv.Native;

/// <summary>struct iovec.</summary>
internal unsafe struct IoVector
{
    /// <summary>The first byte.</summary>
    public byte* Base;

    /// <summary>Bytes.</summary>
    public nuint Length;
}
