namespace Epollsrv.Protocol.Resp;

/// <summary>A pattern with its subscribers, as they were when the array it stands in was made.</summary>
internal readonly struct PatternReceivers
{
    /// <summary>Takes them from a pattern, under the hub's lock.</summary>
    public PatternReceivers(Channel pattern)
    {
        Pattern = pattern.Name;
        Receivers = pattern.Receivers;
    }

    /// <summary>The pattern.</summary>
    public byte[] Pattern { get; }

    /// <summary>Who subscribed to it.</summary>
    public Receiver[] Receivers { get; }
}
