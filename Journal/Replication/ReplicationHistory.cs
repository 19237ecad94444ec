using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The name of the history that the log's positions count in, and of the one before it (PSYNC's replication identifiers). Two nodes with
/// the same name and position have the same data. Any thread.
/// </summary>
internal sealed class ReplicationHistory
{
    /// <summary>The highest position that is believed when a file or a master names it: no log gets there, and sums do not overflow.
    /// </summary>
    public const long MostPosition = 1L << 62;

    /// <summary>Bytes of a name: hexadecimal digits.</summary>
    public const int NameLength = 40;

    private Names _names = new(MakeName(), null, -1);

    /// <summary>The name, and what was before.</summary>
    public Names Present => Volatile.Read(ref _names); // pairs with Change

    /// <summary>Begins a history of its own behind a position: what comes before it belongs to the old one too.</summary>
    public void Fork(long position) => Change(new Names(MakeName(), Present.Name, position + 1));

    /// <summary>Takes a <see cref="Fork"/> back, if it was at this position: nothing has come since, so that the data are still those of
    /// the former history. Its name is known under both.</summary>
    public void Rejoin(long position)
    {
        Names names = Present;
        if (names.Previous is { } former && names.PreviousEnd == position + 1)
        {
            Change(new Names(former, names.Name, position + 1));
        }
    }

    /// <summary>Goes on under another name, which the master has given the same data.</summary>
    public void Rename(byte[] name, long position) => Change(new Names(name, Present.Name, position + 1));

    /// <summary>Begins a history of its own of which nobody knows anything.</summary>
    public void Begin() => Change(new Names(MakeName(), null, -1));

    /// <summary>The data are another history's, from a snapshot on or as they were saved.</summary>
    public void Replace(byte[] name, byte[]? previous, long previousEnd) => Change(new Names(name, previous, previousEnd));

    /// <summary>Whether a position of a history is one of this one, too.</summary>
    /// <param name="name">The history's name.</param>
    /// <param name="position">The first byte that is not known yet.</param>
    public bool Has(ReadOnlySpan<byte> name, long position)
    {
        Names names = Present;
        return name.SequenceEqual(names.Name)
            || (names.Previous is not null && name.SequenceEqual(names.Previous) && position <= names.PreviousEnd);
    }

    private static byte[] MakeName()
    {
        Span<byte> random = stackalloc byte[NameLength / 2];
        RandomBytes.Fill(random);
        byte[] name = new byte[NameLength];
        _ = Numbers.WriteHex(name, random);
        return name;
    }

    private void Change(Names names) => Volatile.Write(ref _names, names); // pairs with Present

    /// <summary>The names as of a moment.</summary>
    /// <param name="Name">The history's.</param>
    /// <param name="Previous">The one's before it; null: none.</param>
    /// <param name="PreviousEnd">The first position that the previous one does not have; −1: there is none.</param>
    internal sealed record Names(byte[] Name, byte[]? Previous, long PreviousEnd);
}
