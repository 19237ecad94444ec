namespace Epollsrv.Protocol.Resp;

/// <summary>A parsed request that waits for its turn in the batch.</summary>
internal unsafe struct Request
{
    /// <summary>Its first byte.</summary>
    public byte* Start;

    /// <summary>The byte behind its last.</summary>
    public byte* End;

    /// <summary>Its command, or null when there is none of that name or the number of arguments is wrong.</summary>
    public Command* Command;

    /// <summary>The hash of its first key; 0 without one.</summary>
    public ulong Hash;

    /// <summary>Where its arguments begin in the thread's array.</summary>
    public int FirstArgument;

    /// <summary>How many there are, the command's name included.</summary>
    public int Count;
}
