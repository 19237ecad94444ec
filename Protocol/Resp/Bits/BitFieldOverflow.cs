namespace Epollsrv.Protocol.Resp;

/// <summary>What happens to a result that does not fit its field.</summary>
internal enum BitFieldOverflow
{
    /// <summary>Its lower bits stay.</summary>
    Wrap,

    /// <summary>It becomes the largest or smallest that fits.</summary>
    Saturate,

    /// <summary>Nothing is written, null is replied.</summary>
    Fail,
}
