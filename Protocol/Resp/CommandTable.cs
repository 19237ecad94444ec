using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The one table of all commands, with subcommands behind their container. A family's commands are listed in a class beside their methods.
/// Made once, before the first connection, then read by all threads without a lock.
/// </summary>
internal static unsafe class CommandTable
{
    /// <summary>Most commands and subcommands there can be.</summary>
    public const int Capacity = 256;

    /// <summary>Longest name, and longest subcommand's name, that a look-up can find.</summary>
    public const int LongestName = 16;

    // The smallest page of any kernel: what does not cross its end does not cross that of a larger one either.
    private const int PageBytes = 4096;

    private static readonly Command* _commands = (Command*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Command));
    private static readonly ushort* _slots = (ushort*)NativeMemory.AllocZeroed(CommandTableBuilder.Slots, sizeof(ushort));

    static CommandTable()
    {
        CommandTableBuilder builder = new(_commands, _slots);
        ConnectionCommandList.AddTo(builder);
        StringCommandList.AddTo(builder);
        BitCommandList.AddTo(builder);
        KeyCommandList.AddTo(builder);
        TransactionCommandList.AddTo(builder);
        PubSubCommandList.AddTo(builder);
        ClientCommandList.AddTo(builder);
        ServerCommandList.AddTo(builder);
        Count = builder.Count;
    }

    /// <summary>Commands are numbered from 1 to below this; subcommands follow their container.</summary>
    public static int Count { get; }

    /// <summary>The command with a number from 1 to below <see cref="Count"/>.</summary>
    public static Command* At(int number) => _commands + number;

    /// <summary>The command, or null. Containers are returned themselves: see <see cref="FindSubcommand"/>.</summary>
    public static Command* Find(byte* name, int length)
    {
        if ((uint)(length - 1) >= LongestName)
        {
            return null;
        }

        Vector128<ulong> lower = LowerCase(name, length).AsUInt64();
        ulong low = lower.ToScalar();
        ulong high = lower.GetElement(1);
        for (uint slot = CommandTableBuilder.SlotOf(low, high); ; slot++)
        {
            Command* command = _commands + _slots[slot % CommandTableBuilder.Slots];
            if (command->NameLow == low && command->NameHigh == high)
            {
                // The entry of an empty slot has the name of 16 zeros.
                return command == _commands ? null : command;
            }

            if (command == _commands)
            {
                return null;
            }
        }
    }

    /// <summary>The command or subcommand that a request names, or null. A
    /// container whose subcommand is missing is returned itself.</summary>
    public static Command* Find(Argument* arguments, int count)
    {
        Command* command = Find(arguments->Data, arguments->Length);
        return command == null || (command->Flags & CommandFlags.Container) == 0 || count < 2
            ? command
            : FindSubcommand(command, arguments[1].Data, arguments[1].Length);
    }

    /// <summary>A container's subcommand, or null.</summary>
    public static Command* FindSubcommand(Command* container, byte* name, int length)
    {
        if ((uint)(length - 1) >= LongestName)
        {
            return null;
        }

        Vector128<ulong> lower = LowerCase(name, length).AsUInt64();
        Command* command = _commands + container->Relative;
        for (int i = 0; i < container->Subcommands; i++, command++)
        {
            if (command->NameLow == lower.ToScalar() && command->NameHigh == lower.GetElement(1))
            {
                return command;
            }
        }

        return null;
    }

    // 16 bytes with zeros behind the end. Reading past the end stays inside the page of the first byte, where it cannot fault.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LowerCase(byte* name, int length)
    {
        Vector128<byte> bytes;
        if (((nuint)name & (PageBytes - 1)) <= PageBytes - 16)
        {
            bytes = Vector128.Load(name);
        }
        else
        {
            byte* copy = stackalloc byte[16];
            Unsafe.CopyBlockUnaligned(copy, name, (uint)length);
            bytes = Vector128.Load(copy);
        }

        Vector128<byte> inside = Vector128.LessThan(
            Vector128.Create((byte)0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), Vector128.Create((byte)length));

        // 'A' … 'Z' shifted to the lowest signed values: one comparison finds them (unsigned ones do not exist in SSE2).
        Vector128<sbyte> shifted = (bytes + Vector128.Create((byte)(0x80 - 'A'))).AsSByte();
        Vector128<byte> upper = Vector128.LessThan(shifted, Vector128.Create((sbyte)(-128 + 26))).AsByte();
        return (bytes | (upper & Vector128.Create((byte)0x20))) & inside;
    }

}
