namespace Epollsrv.Protocol.Resp;

/// <summary>Hexadecimal digits.</summary>
internal static class Hexadecimal
{
    /// <summary>A digit's value, or −1.</summary>
    public static int Value(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
        _ => -1,
    };
}
