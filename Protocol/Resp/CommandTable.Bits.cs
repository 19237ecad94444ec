namespace Epollsrv.Protocol.Resp;

// Strings as arrays of bits. Each line: name, arity, flags, first key, last key, step, group, since (0x70002: 7.0.2), method.
internal static unsafe partial class CommandTable
{
    private static void AddBits()
    {
    }
}
