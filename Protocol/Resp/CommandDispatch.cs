using System.Runtime.CompilerServices;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Runs commands: at once where nothing stands against it, else after the checks of Redis's processCommand, in their order.
/// </summary>
internal static unsafe class CommandDispatch
{
    /// <summary>Runs the present command of a call and counts it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Invoke(CommandContext call, Command* command)
    {
        ThreadStatistics statistics = call.Statistics;
        CommandStatistics* counts = statistics.Commands + command->Number;
        if ((command->Flags & CommandFlags.Long) != 0 || --counts->UntilTimed < 0)
        {
            statistics.Time(call, command);
            return;
        }

        command->Execute(call);
        counts->Calls++;
        if (statistics.IsTiming)
        {
            statistics.EndTimed(call, command);
        }
    }

    /// <summary>Runs one command of an EXEC. Its arguments stay where they are until it returns.</summary>
    public static void RunQueued(CommandContext call, QueuedCommand* queued)
    {
        Argument* outerArguments = call.Arguments;
        int outerCount = call.Count;
        Command* outerCommand = call.Command;
        long outerTime = call.Statistics.BeginInner();
        Command* command = queued->Command;
        Argument* arguments = QueuedCommand.Arguments(queued);
        call.Begin(command, arguments, queued->Count, call.HashOfFirstKey(command, arguments, queued->Count));
        if (call.Source == CommandSource.Client)
        {
            InvokeOrTime(call, command);
            if (call.Resp.Monitors.Count != 0)
            {
                call.Resp.Monitors.Show(call, command, arguments, queued->Count);
            }
        }
        else
        {
            call.Replay!.Invoke(command);
        }

        call.Begin(outerCommand, outerArguments, outerCount, 0);
        call.Statistics.EndInner(outerTime);
    }

    /// <summary>
    /// Runs the present command of a connection or node in a state that commands are checked against, or one that is not known yet.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="command">The command; null: it has subcommands, or its name or number of arguments is wrong.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void RunChecked(CommandContext call, Command* command)
    {
        if ((call.Connection->Flags & RespFlags.Replica) != 0)
        {
            ReplicaCommands.RunOfReplica(call, command);
            return;
        }

        bool skips = (call.Connection->Flags & RespFlags.ReplySkipNext) != 0;
        if (skips || (call.Connection->Flags & RespFlags.ReplyOff) != 0)
        {
            // CLIENT REPLY: what is already written is sent off first, then the writer throws away what the command says.
            call.Connection->Flags &= ~RespFlags.ReplySkipNext;
            call.Thread.Output.Mute();
        }

        command = command == null ? Identify(call) : command;
        if (command != null)
        {
            call.Connection->LastCommand = (ushort)command->Number;
        }

        bool publishesMuch = call.Events.PublishesMuch;
        if (command != null && CommandAdmission.Allows(call, command) && !(publishesMuch && MayNotify(command) && call.Thread.DeferLong()))
        {
            call.Access.KeepsClocks = (call.Connection->Flags & RespFlags.NoTouch) != 0;
            call.Events.TellsSelf = (call.Connection->Flags & RespFlags.Subscribed) != 0;
            if (call.Connection->Database != 0)
            {
                // Made by SELECT: it is there.
                _ = call.Access.TrySelect(call.Connection->Database);
            }

            InvokeOrTime(call, command);
            call.Access.SelectFirst();
            call.Events.TellsSelf = false;
            call.Access.KeepsClocks = false;
            if (call.Resp.Monitors.Count != 0 && !call.RunsAgain)
            {
                call.Resp.Monitors.Show(call, command, call.Arguments, call.Count);
            }
        }

        call.Reply.Unmute();

        if ((call.Connection->Flags & RespFlags.NeedsPassword) != 0)
        {
            call.Thread.LimitUnsent(PasswordGuard.MostUnsent);
        }

        if (skips && call.RunsAgain)
        {
            // Then too without a reply.
            call.Connection->Flags |= RespFlags.ReplySkipNext;
        }

        call.TellSelf();
        call.Events.Publish();
        if (publishesMuch)
        {
            call.Thread.LookAtTime();
        }
    }

    private static bool MayNotify(Command* command)
        => (command->Flags & CommandFlags.Write) != 0 || command->Group == CommandGroup.Transactions;

    // The command with this name and number of arguments; null: the error is written.
    private static Command* Identify(CommandContext call)
    {
        Argument* arguments = call.Arguments;
        Command* command = CommandTable.Find(arguments->Data, arguments->Length);
        call.Connection->LastCommand = 0;
        if (command == null && (arguments->Is("post"u8) || arguments->Is("host:"u8)))
        {
            // A web page that makes a browser send HTTP to this port must not get as far as the body with its commands.
            call.Thread.Counters->ProtocolErrors++;
            call.Thread.Abort();
            return null;
        }

        if (command == null)
        {
            CommandAdmission.NoteRefused(call, null);
            call.ReplyUnknownCommand();
            return null;
        }

        if ((command->Flags & CommandFlags.Container) != 0 && call.Count > 1)
        {
            command = CommandTable.FindSubcommand(command, arguments[1].Data, arguments[1].Length);
            if (command == null)
            {
                CommandAdmission.NoteRefused(call, null);
                call.ReplyUnknownSubcommand();
                return null;
            }
        }

        call.Connection->LastCommand = (ushort)command->Number;
        if (!command->Accepts(call.Count))
        {
            CommandAdmission.Reject(call, command, "ERR wrong number of arguments for '"u8, "' command"u8);
            return null;
        }

        call.Begin(command, arguments, call.Count, call.HashOfFirstKey(command, arguments, call.Count));
        return command;
    }

    // Times the command when every one of its kind is. What an operator does is rare, and may change the threshold it is measured by.
    private static void InvokeOrTime(CommandContext call, Command* command)
    {
        if (call.Resp.SlowLog.TimesAll || (command->Flags & CommandFlags.Admin) != 0)
        {
            call.Statistics.Time(call, command);
        }
        else
        {
            Invoke(call, command);
        }
    }
}
