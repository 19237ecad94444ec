using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <content>The slower dispatch: what is not an ordinary command of an ordinary connection, in the order of Redis's processCommand.</content>
internal sealed unsafe partial class RespCall
{
    private const int LongestNamed = 128;

    /// <summary>Runs a command with arguments that were kept (EXEC). They must stay where they are until it returns.</summary>
    public void Run(Command* command, Argument* arguments, int count)
    {
        Argument* outerArguments = Arguments;
        int outerCount = Count;
        Command* outerCommand = Command;
        Arguments = arguments;
        Count = count;
        Command = command;
        Hash = command->FirstKey > 0 && command->FirstKey < count ? HashOf(arguments + command->FirstKey) : 0;
        Invoke(command);
        Arguments = outerArguments;
        Count = outerCount;
        Command = outerCommand;
    }

    private void RunCarefully(Command* command)
    {
        bool skips = (Connection->Flags & RespFlags.ReplySkipNext) != 0;
        if (skips || (Connection->Flags & RespFlags.ReplyOff) != 0)
        {
            BeginMuted();
        }

        command = command == null ? Identify() : command;
        if (command != null)
        {
            Connection->LastCommand = (ushort)command->Number;
        }

        if (command != null && IsAllowed(command))
        {
            Access.KeepsClocks = (Connection->Flags & RespFlags.NoTouch) != 0;

            // What an operator does is rare, and may change the threshold it is measured by.
            _timesAll = Node.SlowLog.TimesAll || (command->Flags & CommandFlags.Admin) != 0;
            Invoke(command);
            _timesAll = false;
            Access.KeepsClocks = false;
            ShowMonitors(command);
        }

        if (Turn.IsMuted)
        {
            EndMuted();
        }

        if (skips && (Turn.Deferred || Turn.PauseRequested))
        {
            // It runs again, and then without a reply.
            Connection->Flags |= RespFlags.ReplySkipNext;
        }

        Settle();
    }

    // The command with this name and number of arguments; null: the error is written.
    private Command* Identify()
    {
        Command* command = CommandTable.Find(Arguments->Data, Arguments->Length);
        Connection->LastCommand = 0;
        if (command == null)
        {
            Refuse(null);
            ReplyUnknownCommand();
            return null;
        }

        if ((command->Flags & CommandFlags.Container) != 0 && Count > 1)
        {
            Command* container = command;
            command = CommandTable.FindSubcommand(container, Arguments[1].Data, Arguments[1].Length);
            if (command == null)
            {
                Refuse(null);
                ReplyUnknownSubcommand();
                return null;
            }
        }

        Command = command;
        Connection->LastCommand = (ushort)command->Number;
        if (!command->Accepts(Count))
        {
            Reject(command, "ERR wrong number of arguments for '"u8, "' command"u8);
            return null;
        }

        if (command->FirstKey > 0 && command->FirstKey < Count)
        {
            Hash = HashOf(Arguments + command->FirstKey);
        }

        return command;
    }

    // Counts a command that is refused before it runs; a transaction cannot succeed any more.
    private void Refuse(Command* command)
    {
        if (command != null)
        {
            Statistics[command->Number].Rejected++;
            Command = null;
        }

        if ((Connection->Flags & RespFlags.InTransaction) != 0)
        {
            Connection->Flags |= RespFlags.TransactionFailed;
        }
    }

    private void InvokeTimed(Command* command)
    {
        long began = Clock.Monotonic();
        command->Execute(this);
        if (Turn.Deferred || Turn.PauseRequested)
        {
            return;
        }

        _timedSince = 0;
        Statistics[command->Number].Calls++;
        NoteTimed(command->Number, Clock.Monotonic() - began);
    }

    // CLIENT REPLY: what is already written is sent off first, then the writer throws away what the command says.
    private void BeginMuted()
    {
        RespFlags flags = Connection->Flags;
        if ((flags & RespFlags.ReplySkipNext) != 0)
        {
            Connection->Flags = (flags & ~RespFlags.ReplySkipNext) | RespFlags.ReplySkip;
        }

        Turn.Mute();
    }

    private void EndMuted()
    {
        Connection->Flags &= ~RespFlags.ReplySkip;
        Turn.Unmute();
    }

    /// <summary>The present command's reply is sent although replies are off (CLIENT REPLY ON, RESET).</summary>
    public void Unmute()
    {
        if (Turn.IsMuted)
        {
            Turn.Unmute();
        }
    }

    private void ReplyUnknownCommand()
    {
        Span<byte> text = stackalloc byte[512];
        int length = 0;
        Append(text, ref length, "ERR unknown command '"u8);
        AppendNamed(text, ref length, Arguments, LongestNamed);
        Append(text, ref length, "', with args beginning with: "u8);
        int start = length;
        for (int i = 1; i < Count && length - start < LongestNamed; i++)
        {
            int room = LongestNamed - (length - start);
            text[length++] = (byte)'\'';
            AppendNamed(text, ref length, Arguments + i, room);
            Append(text, ref length, "' "u8);
        }

        ReplyError(text[..length]);
    }

    private void ReplyUnknownSubcommand()
    {
        Span<byte> text = stackalloc byte[512];
        int length = 0;
        Append(text, ref length, "ERR unknown subcommand '"u8);
        AppendNamed(text, ref length, Arguments + 1, LongestNamed);
        Append(text, ref length, "'. Try "u8);
        int start = length;
        AppendNamed(text, ref length, Arguments, LongestNamed);
        for (int i = start; i < length; i++)
        {
            text[i] = text[i] is >= (byte)'a' and <= (byte)'z' ? (byte)(text[i] - 32) : text[i];
        }

        Append(text, ref length, " HELP."u8);
        ReplyError(text[..length]);
    }

    private static void Append(Span<byte> text, ref int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(text[length..]);
        length += bytes.Length;
    }

    // A client's word in an error: cut, up to its first zero, and without line ends, which would break the protocol.
    private static void AppendNamed(Span<byte> text, ref int length, Argument* argument, int longest)
    {
        int count = Math.Min(argument->Length, longest);
        for (int i = 0; i < count && argument->Data[i] != 0; i++)
        {
            byte letter = argument->Data[i];
            text[length++] = letter is (byte)'\r' or (byte)'\n' ? (byte)' ' : letter;
        }
    }
}
