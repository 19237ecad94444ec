using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>Fills <see cref="CommandTable"/> at start: numbers the commands in the order in which they come, hashes their names.</summary>
internal sealed unsafe class CommandTableBuilder
{
    /// <summary>Slots of the hash table by name, whose value is a command's number; 0: none.</summary>
    public const uint Slots = 1 << SlotBits;

    private const int SlotBits = 10;

    private readonly Command* _commands;
    private readonly ushort* _slots;
    private int _container;

    /// <summary>Fills zeroed memory for <see cref="CommandTable.Capacity"/> commands and <see cref="Slots"/> slots.</summary>
    public CommandTableBuilder(Command* commands, ushort* slots)
    {
        _commands = commands;
        _slots = slots;
    }

    /// <summary>The number of the next command.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>The slot where the search for a name begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint SlotOf(ulong low, ulong high)
        => (uint)(((low ^ (high * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93) >> (64 - SlotBits));

    /// <summary>Adds a command.</summary>
    /// <param name="name">Its name in lower case.</param>
    /// <param name="arity">Number of arguments with the name; negative: at least so many.</param>
    /// <param name="flags">What it is like.</param>
    /// <param name="first">Argument of the first key; 0: it has none.</param>
    /// <param name="last">Argument of the last key; negative counts from the end.</param>
    /// <param name="step">From key to key.</param>
    /// <param name="group">What it is about.</param>
    /// <param name="since">The version of Redis that brought it: 0x70002 is 7.0.2.</param>
    /// <param name="execute">The method that runs it.</param>
    public void Add(
        ReadOnlySpan<byte> name, int arity, CommandFlags flags, int first, int last, int step, CommandGroup group, int since,
        delegate*<CommandContext, void> execute)
    {
        Command* command = AddNext(name, name, arity, flags, first, last, step, group, since, execute);
        _container = 0;
        uint slot = SlotOf(command->NameLow, command->NameHigh) % Slots;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) % Slots;
        }

        _slots[slot] = command->Number;
    }

    /// <summary>Adds a command that only has subcommands; they follow.</summary>
    public void AddContainer(ReadOnlySpan<byte> name, CommandGroup group, int since)
    {
        Add(name, -2, CommandFlags.Container, 0, 0, 0, group, since, null);
        BeginSubcommands();
    }

    /// <summary>The command added last has subcommands; they follow.</summary>
    public void BeginSubcommands()
    {
        _container = Count - 1;
        _commands[_container].Relative = (ushort)Count;
    }

    /// <summary>Adds a subcommand, as <see cref="Add"/>; the name is "container|name", the arity counts the container's name.</summary>
    public void AddSubcommand(
        ReadOnlySpan<byte> name, int arity, CommandFlags flags, int first, int last, int step, CommandGroup group, int since,
        delegate*<CommandContext, void> execute)
    {
        ReadOnlySpan<byte> ownName = name[(name.IndexOf((byte)'|') + 1)..];
        Command* command = AddNext(name, ownName, arity, flags, first, last, step, group, since, execute);
        command->IsSubcommand = true;
        command->Relative = (ushort)_container;
        _commands[_container].Subcommands++;
    }

    private Command* AddNext(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> lookedUp, int arity, CommandFlags flags, int first, int last, int step,
        CommandGroup group, int since, delegate*<CommandContext, void> execute)
    {
        Debug.Assert(Count < CommandTable.Capacity, "the command table is full");
        Debug.Assert(lookedUp.Length <= CommandTable.LongestName, "the name is too long for look-ups");
        Command* command = _commands + Count;
        command->Number = (ushort)Count++;
        command->Execute = execute;

        // A literal lies in the program's read-only data and never moves.
        command->FullName = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(name));
        command->FullNameLength = (byte)name.Length;
        command->Arity = (short)arity;
        command->Flags = flags;
        command->FirstKey = (sbyte)first;
        command->LastKey = (sbyte)last;
        command->KeyStep = (sbyte)step;
        command->Group = group;
        command->Since = since;
        lookedUp.CopyTo(new Span<byte>(&command->NameLow, CommandTable.LongestName));
        return command;
    }
}
