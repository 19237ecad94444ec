namespace Epollsrv.Journal;

/// <summary>What a node in replication has to know after a restart.</summary>
/// <param name="Host">The name or address of the master; null: the node is one itself.</param>
/// <param name="Port">The master's port.</param>
/// <param name="History">The history that the data belong to.</param>
internal sealed record RoleRecord(byte[]? Host, int Port, ReplicationHistory.Names History);
