namespace Epollsrv.Protocol.Resp;

/// <summary>Whom the node is to follow.</summary>
/// <param name="Host">The master's name or address; null: nobody.</param>
/// <param name="Port">Its port.</param>
internal sealed record RoleChange(byte[]? Host, int Port);
