using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// The slots of all connections: reserved once, touched page by page as connections come, never moved and never freed, so a
/// pointer to a slot stays valid and a stale token is recognised by its generation.
/// </summary>
internal sealed unsafe class ConnectionTable
{
    private readonly byte* _slots;
    private readonly int* _free;
    private int _freeCount;
    private int _used;
    private ShortLock _lock;
    private int _open;

    /// <summary>Reserves address space for <paramref name="capacity"/> slots.</summary>
    public ConnectionTable(int capacity)
    {
        Capacity = capacity;
        _slots = NativeRegion.Reserve((nint)capacity * ConnectionSlot.Size);
        _free = (int*)NativeRegion.Reserve((nint)capacity * sizeof(int));
        Owners.Reserve(capacity);
    }

    /// <summary>Who owns which slot, in the checked build.</summary>
    public SlotOwners Owners { get; } = new();

    /// <summary>The most connections there can be.</summary>
    public int Capacity { get; }

    /// <summary>Open connections now. Any thread.</summary>
    public int Open => Volatile.Read(ref _open); // pairs with Take and Return

    /// <summary>Slots ever used: the upper bound of a walk over all connections. Any thread.</summary>
    public int Used => Volatile.Read(ref _used); // pairs with Take

    /// <summary>The slot with that index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ConnectionSlot* At(int index) => (ConnectionSlot*)(_slots + ((nint)index * ConnectionSlot.Size));

    /// <summary>The epoll token and job argument of a slot: generation above, index below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Token(uint generation, int index) => ((ulong)generation << 32) | (uint)index;

    /// <summary>
    /// The token of the connection that is open in a slot; false when there is none. Who walks over slots asks here first and marks by the
    /// token: what is read of the slot afterwards may be another connection's by then, and then the token is stale. Any thread.
    /// </summary>
    public bool TryGetToken(int index, out ulong token)
    {
        ulong state = Volatile.Read(ref At(index)->State); // pairs with ConnectionState.Open: the fields are set before
        token = Token(ConnectionState.Generation(state), index);
        return ConnectionState.IsOpen(state);
    }

    /// <summary>The slot of a token; its generation may be another by now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ConnectionSlot* Slot(ulong token) => At((int)(uint)token);

    /// <summary>Takes a free slot, or −1. It stays closed until <see cref="ConnectionState.Open"/>. Event loop only.</summary>
    public int Take()
    {
        _lock.Enter();
        int index = _freeCount > 0 ? _free[--_freeCount] : _used < Capacity ? _used : -1;
        if (index >= 0)
        {
            Owners.NoteTaken(index);
            _open++;
            if (index == _used)
            {
                ConnectionState.Prepare(&At(index)->State);
                Volatile.Write(ref _used, _used + 1); // pairs with Used: the slot is initialised first
            }
        }

        _lock.Exit();
        return index;
    }

    /// <summary>Gives a slot back; its generation has already ended. Any thread.</summary>
    public void Return(int index)
    {
        _lock.Enter();
        Owners.NoteReturned(index);
        _free[_freeCount++] = index;
        _open--;
        _lock.Exit();
    }
}
