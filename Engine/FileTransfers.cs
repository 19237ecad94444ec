using System;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>The files that are being sent, for who wants to see how far they are: 64 at most, others are not shown. Any thread.</summary>
internal sealed unsafe class FileTransfers
{
    /// <summary>Most transfers that are shown.</summary>
    public const int Capacity = 64;

    private readonly FileTransfer* _transfers = (FileTransfer*)NativeRegion.Reserve(Capacity * sizeof(FileTransfer));

    /// <summary>Takes a place for a transfer; who sends its last byte, or gives it up, frees it.</summary>
    /// <param name="name">At most 255 bytes.</param>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="done">Bytes of it that lie before the first one sent.</param>
    /// <returns>Null when all are taken.</returns>
    public FileTransfer* Begin(ReadOnlySpan<byte> name, long size, long done)
    {
        for (int i = 0; i < Capacity; i++)
        {
            FileTransfer* transfer = _transfers + i;
            int before = Interlocked.CompareExchange(ref transfer->State, FileTransfer.Taken, FileTransfer.Free); // pairs with End
            if (before == FileTransfer.Free)
            {
                transfer->Generation++;
                transfer->Size = size;
                transfer->Done = done;
                transfer->NameLength = name.Length;
                name.CopyTo(new Span<byte>(transfer->Name, FileTransfer.LongestName));
                Volatile.Write(ref transfer->State, FileTransfer.Shown); // pairs with the reads in TryRead
                return transfer;
            }
        }

        return null;
    }

    /// <summary>Frees a place.</summary>
    public static void End(FileTransfer* transfer)
        => Volatile.Write(ref transfer->State, FileTransfer.Free); // pairs with the exchange in Begin

    /// <summary>Copies what one place shows.</summary>
    /// <param name="index">0 … <see cref="Capacity"/> − 1.</param>
    /// <param name="copy">Receives it.</param>
    /// <returns>False when it shows nothing, or changed hands meanwhile.</returns>
    public bool TryRead(int index, out FileTransfer copy)
    {
        FileTransfer* transfer = _transfers + index;
        bool shown = Volatile.Read(ref transfer->State) == FileTransfer.Shown; // pairs with Begin
        copy = *transfer;
        Interlocked.MemoryBarrier(); // pairs with the exchange in Begin: the copy is complete before the place is looked at again
        return shown && Volatile.Read(ref transfer->State) == FileTransfer.Shown // pairs with Begin and End
            && transfer->Generation == copy.Generation;
    }
}
