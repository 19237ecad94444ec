using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>A file's name and who has it, in native memory: a block of <see cref="RegistrationHeap"/> with the name behind it.</summary>
internal unsafe struct RegisteredName
{
    public ulong Hash;

    /// <summary>The next of the same bucket, in the order of the names' bytes.</summary>
    public uint Next;

    /// <summary>The first and the last <see cref="Registration"/>.</summary>
    public uint First;

    /// <inheritdoc cref="First"/>
    public uint Last;

    /// <summary>Holders that have all of it.</summary>
    public ushort Whole;

    /// <summary>Holders that have a part.</summary>
    public ushort Partial;

    public int Length;

    public static int SizeFor(int length) => sizeof(RegisteredName) + length;

    public static Span<byte> Text(RegisteredName* name) => new(name + 1, name->Length);
}
