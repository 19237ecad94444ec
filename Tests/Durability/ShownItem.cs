namespace Epollsrv.Tests.Durability;

/// <summary>An item as a node has it.</summary>
/// <param name="Value">The value; null: it has none.</param>
/// <param name="Flags">The flags.</param>
/// <param name="Unique">The unique; 0: none was given to it.</param>
internal readonly record struct ShownItem(string? Value, uint Flags, ulong Unique);
