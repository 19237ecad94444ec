namespace Epollsrv.Protocol.Resp;

/// <summary>A command that took long: this header, and the part of SLOWLOG's reply that does not change, in one pooled buffer.</summary>
internal unsafe struct SlowLogEntry
{
    /// <summary>The entry that was added before this one.</summary>
    public SlowLogEntry* Older;

    /// <summary>The one that was added after it.</summary>
    public SlowLogEntry* Newer;

    /// <summary>Its number, from 0, never used twice.</summary>
    public long Identifier;

    /// <summary>Seconds since 1970.</summary>
    public long Time;

    /// <summary>How long it took.</summary>
    public long Microseconds;

    /// <summary>Bytes of the buffer.</summary>
    public int Size;

    /// <summary>Bytes of the reply's part: the request, cut, who sent it, and his name.</summary>
    public int ReplyLength;

    /// <summary>That part.</summary>
    public static byte* Reply(SlowLogEntry* entry) => (byte*)(entry + 1);
}
