using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>Who has files, in native memory: a block of <see cref="RegistrationHeap"/> with "ADDRESS PORT" behind it.</summary>
internal unsafe struct RegisteredHolder
{
    public ulong Hash;

    /// <summary>When its leases end.</summary>
    public long Deadline;

    /// <summary>The next of the same bucket.</summary>
    public uint Next;

    /// <summary>The first and the last <see cref="Registration"/>; leases stand in front.</summary>
    public uint First;

    /// <inheritdoc cref="First"/>
    public uint Last;

    /// <summary>Neighbours among those that have leases, in the order of their deadlines.</summary>
    public uint Later;

    /// <inheritdoc cref="Later"/>
    public uint Sooner;

    /// <summary>How many of its registrations are leases.</summary>
    public int Leases;

    public int Length;

    public static int SizeFor(int length) => sizeof(RegisteredHolder) + length;

    /// <summary>"ADDRESS PORT".</summary>
    public static Span<byte> Text(RegisteredHolder* holder) => new(holder + 1, holder->Length);
}
