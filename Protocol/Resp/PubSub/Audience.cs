namespace Epollsrv.Protocol.Resp;

/// <summary>To whom of the subscribers a message goes; the default: to everybody.</summary>
/// <param name="only">The token of the only connection that gets it; 0: any.</param>
/// <param name="except">The token of a connection that does not get it, because it has it already; 0: none.</param>
internal readonly struct Audience(ulong only, ulong except)
{
    /// <summary>The one connection.</summary>
    public static Audience Only(ulong token) => new(token, 0);

    /// <summary>Everybody but one connection, or everybody (0).</summary>
    public static Audience AllBut(ulong token) => new(0, token);

    /// <summary>Whether a connection belongs to it.</summary>
    public bool Has(ulong token) => (only == 0 || token == only) && token != except;
}
