namespace Epollsrv.Tests.Durability;

/// <summary>One change of a directory, which has been done.</summary>
/// <param name="Kind">What.</param>
/// <param name="File">The number of the file that it is about.</param>
/// <param name="Path">A name.</param>
/// <param name="To">The new name.</param>
/// <param name="Bytes">What was written.</param>
/// <param name="Number">The new length, or the index of the operation that a synchronization began before.</param>
internal sealed record DiskOperation(
    DiskOperationKind Kind, int File = -1, string Path = "", string To = "", byte[]? Bytes = null, long Number = 0);
