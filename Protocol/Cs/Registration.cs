using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// That one holder has one file, in native memory: a block of <see cref="RegistrationHeap"/>. Other blocks are named by their numbers, 0
/// for none.
/// </summary>
internal struct Registration
{
    /// <summary>The <see cref="RegisteredName"/>.</summary>
    public uint Name;

    /// <summary>The <see cref="RegisteredHolder"/>.</summary>
    public uint Holder;

    /// <summary>Neighbours in the name's list, in the order of registering.</summary>
    public uint NextOfName;

    /// <inheritdoc cref="NextOfName"/>
    public uint PreviousOfName;

    /// <summary>Neighbours in the holder's list, leases in front.</summary>
    public uint NextOfHolder;

    /// <inheritdoc cref="NextOfHolder"/>
    public uint PreviousOfHolder;

    /// <summary>The next of the same bucket.</summary>
    public uint NextOfBucket;

    public Kind Flags;

    /// <summary>What a registration is.</summary>
    [Flags]
    public enum Kind : uint
    {
        /// <summary>Of a whole file, for good.</summary>
        None = 0,

        /// <summary>Ends when its holder does not renew it.</summary>
        Lease = 1,

        /// <summary>Of a part of the file: told to nodes of ours that ask, never in a list.</summary>
        Partial = 2,

        /// <summary>Registered with a newline behind the port, as the C program does, and so listed.</summary>
        NewLine = 4,

        /// <summary>The same with a carriage return in front: its configuration file was written on Windows.</summary>
        Return = 8,
    }
}
