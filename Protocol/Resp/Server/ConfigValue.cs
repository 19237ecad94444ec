namespace Epollsrv.Protocol.Resp;

/// <summary>A value that CONFIG SET has read and not applied yet.</summary>
internal struct ConfigValue
{
    /// <summary>The number, where it is one.</summary>
    public long Number;

    /// <summary>What else was read.</summary>
    public object? Object;
}
