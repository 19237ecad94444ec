namespace Epollsrv.Store;

// Making room when memory is at its maximum.
public sealed unsafe partial class StoreAccess
{
    private bool MakeRoom(long bytes) => bytes < 0;
}
