using System;
using System.Runtime.InteropServices;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <content>Several keys at once, and values on their way into the store.</content>
internal sealed unsafe partial class RespCall
{
    /// <summary>A value longer than this is copied by a worker.</summary>
    public const int LongValue = 64 * 1024;

    /// <summary>A command with more keys than this is run by a worker.</summary>
    public const int ManyKeys = 4096;

    private const int ScratchBytes = 32 * 1024;

    private ulong* _hashes;
    private int _hashCapacity;
    private byte* _scratch;

    /// <summary>The hashes of the keys that <see cref="EnterKeys"/> entered, in their order.</summary>
    public ulong* Hashes => _hashes;

    /// <summary>
    /// Enters the partitions of all keys from an argument on, in ascending order, so that what follows is atomic. Each key's partition is then
    /// entered and left as usual. Inside EXEC all is held already. Ends with <see cref="LeaveKeys"/>; what is replied meanwhile is only sent afterwards.
    /// </summary>
    public void EnterKeys(int first, int step) => Enter(first, step, (Count - first + step - 1) / step);

    /// <summary>As <see cref="EnterKeys"/>, for the first two arguments.</summary>
    public void EnterPair() => Enter(1, 1, 2);

    private void Enter(int first, int step, int keys)
    {
        if (keys > _hashCapacity)
        {
            _hashCapacity = Math.Max(64, keys);
            _hashes = (ulong*)NativeMemory.Realloc(_hashes, (nuint)_hashCapacity * sizeof(ulong));
        }

        for (int i = 0; i < keys; i++)
        {
            _hashes[i] = HashOf(Arguments + first + (i * step));
        }

        if (!Access.InTransaction)
        {
            Access.EnterMany(new ReadOnlySpan<ulong>(_hashes, keys));
            Turn.HoldOutput = true;
        }
    }

    /// <summary>Memory of the thread's own for a short while: at least so many bytes, which are at most what an inline value has.</summary>
    public byte* Scratch(int bytes)
    {
        if (_scratch == null)
        {
            _scratch = (byte*)NativeMemory.Alloc(ScratchBytes);
        }

        System.Diagnostics.Debug.Assert(bytes <= ScratchBytes, "more than an inline value");
        return _scratch;
    }

    /// <summary>Leaves what <see cref="EnterKeys"/> entered.</summary>
    public void LeaveKeys()
    {
        if (!Access.InTransaction)
        {
            Access.LeaveMany();
            Turn.HoldOutput = false;
        }

        if (_hashCapacity > KeptCapacity)
        {
            NativeMemory.Free(_hashes);
            _hashes = null;
            _hashCapacity = 0;
        }
    }

    /// <summary>
    /// Makes ready what can be made ready of a value outside the lock: a large one is copied into a block of its own.
    /// </summary>
    /// <param name="keyLength">Bytes of its key.</param>
    /// <param name="value">The value.</param>
    /// <param name="block">The block, to be given to <see cref="Store"/> or released; null for an inline value.</param>
    /// <returns>False when memory is out.</returns>
    public bool TryPrepare(int keyLength, Argument* value, out LargeValue* block)
    {
        block = null;
        if (!StoreAccess.IsLargeValue(keyLength, value->Length))
        {
            return true;
        }

        if (value->Data == Turn.Body)
        {
            return TryAdopt(value, out block);
        }

        block = Access.AllocateLarge(value->Length);
        if (block == null)
        {
            return false;
        }

        Buffer.MemoryCopy(value->Data, block->Data, value->Length, value->Length);
        return true;
    }

    /// <summary>Sets a key, whose partition is entered, to a prepared value. False: memory is out, and nothing was changed.</summary>
    public bool Store(Argument* key, ulong hash, Argument* value, LargeValue* block, long expireAt)
    {
        if (block == null)
        {
            return Access.Set(key->Data, key->Length, hash, value->Data, value->Length, expireAt) == StoreResult.Ok;
        }

        if (Access.SetLarge(key->Data, key->Length, hash, block, expireAt) == StoreResult.Ok)
        {
            return true;
        }

        LargeValue.Release(block);
        return false;
    }
}
