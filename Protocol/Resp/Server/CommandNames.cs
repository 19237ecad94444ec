using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>Commands by their full name.</summary>
internal static unsafe class CommandNames
{
    /// <summary>The command of a name like <c>get</c> or <c>config|get</c> in any case; null: there is none.</summary>
    public static Command* Find(ReadOnlySpan<byte> name)
    {
        int bar = name.IndexOf((byte)'|');
        ReadOnlySpan<byte> first = bar < 0 ? name : name[..bar];
        fixed (byte* data = name)
        {
            Command* command = CommandTable.Find(data, first.Length);
            if (command == null || bar < 0)
            {
                return command;
            }

            return (command->Flags & CommandFlags.Container) == 0 ? null
                : CommandTable.FindSubcommand(command, data + bar + 1, name.Length - bar - 1);
        }
    }
}
