namespace Epollsrv.Engine;

/// <summary>Replies to one connection that stay in the thread's buffer until the batch is over: see <see cref="KeptReplies"/>.</summary>
internal unsafe struct KeptReply
{
    /// <summary>The connection.</summary>
    public ulong Token;

    /// <summary>The first byte.</summary>
    public byte* Start;

    /// <summary>The end.</summary>
    public byte* End;

    /// <summary>What waits for which position of the log.</summary>
    public ReplyMarks Marks;

    /// <summary>Whether the connection has more input to look at.</summary>
    public bool HasMore;
}
