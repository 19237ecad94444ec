using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// An entry of <see cref="CommandTable"/>: all that parsing, COMMAND, MULTI and routing by key know about a command. In native
/// memory, made at start, then read by all threads.
/// </summary>
internal unsafe struct Command
{
    /// <summary>Runs it. Arguments and reply writer are the call's.</summary>
    public delegate*<CommandContext, void> Execute;

    /// <summary>First eight bytes of the lower-case name, zeros behind its
    /// end; with <see cref="NameHigh"/> what look-ups compare.</summary>
    public ulong NameLow;

    /// <summary>The next eight.</summary>
    public ulong NameHigh;

    /// <summary>The full name in lower case: <c>get</c>, <c>client|id</c>.</summary>
    public byte* FullName;

    /// <summary>What it is like.</summary>
    public CommandFlags Flags;

    /// <summary>Number of arguments with the name; negative: at least so many. A subcommand counts its container's name too.</summary>
    public short Arity;

    /// <summary>Its place in the table and in the statistics of each thread.</summary>
    public ushort Number;

    /// <summary>For a subcommand: the container's number. For a container: its first subcommand's number. Else 0.</summary>
    public ushort Relative;

    /// <summary>For a container: how many subcommands follow each other from <see cref="Relative"/> on.</summary>
    public byte Subcommands;

    /// <summary>Bytes of <see cref="FullName"/>.</summary>
    public byte FullNameLength;

    /// <summary>Argument of the first key; 0: none.</summary>
    public sbyte FirstKey;

    /// <summary>Argument of the last key; negative counts from the end.</summary>
    public sbyte LastKey;

    /// <summary>From key to key.</summary>
    public sbyte KeyStep;

    /// <summary>What it is about.</summary>
    public CommandGroup Group;

    /// <summary>Redis's version that brought it: major · 65536 + minor · 256 + patch.</summary>
    public int Since;

    /// <summary>Whether it is one of a container's.</summary>
    public bool IsSubcommand;

    /// <summary>The full name.</summary>
    public readonly ReadOnlySpan<byte> Name => new(FullName, FullNameLength);

    /// <summary>Whether so many arguments (with the name) may be.</summary>
    public readonly bool Accepts(int count) => Arity >= 0 ? count == Arity : count >= -Arity;
}
