using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>The arguments of all requests that were parsed ahead, in native memory. One thread. Not to be copied.</summary>
internal unsafe struct ArgumentList
{
    private const int SmallestCapacity = 1024;
    private const int KeptCapacity = 64 * 1024;

    /// <summary>The first one. Moves with <see cref="Grow"/>.</summary>
    public Argument* Items;

    /// <summary>How many there is room for.</summary>
    public int Capacity;

    /// <summary>How many belong to requests that are complete.</summary>
    public int Used;

    /// <summary>Makes an empty list.</summary>
    public ArgumentList()
    {
        Items = (Argument*)NativeMemory.Alloc(SmallestCapacity, (nuint)sizeof(Argument));
        Capacity = SmallestCapacity;
    }

    /// <summary>Makes room before a request of so many arguments is looked
    /// at. What is announced need not come: half a list at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Expect(int count)
    {
        if (Capacity - Used < System.Math.Min(count, SmallestCapacity / 2))
        {
            Grow();
        }
    }

    /// <summary>Doubles the room.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Grow()
    {
        Items = (Argument*)NativeMemory.Realloc(Items, 2 * (nuint)Capacity * (nuint)sizeof(Argument));
        Capacity *= 2;
    }

    /// <summary>Gives everything back; the list is not used any more.</summary>
    public void Free()
    {
        NativeMemory.Free(Items);
        this = default;
    }

    /// <summary>Gives back what a request of very many arguments took.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Trim()
    {
        if (Capacity > KeptCapacity)
        {
            Shrink();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Shrink()
    {
        Items = (Argument*)NativeMemory.Realloc(Items, SmallestCapacity * (nuint)sizeof(Argument));
        Capacity = SmallestCapacity;
    }
}
