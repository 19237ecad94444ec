using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>The log's lines about CONFIG SET: who has set what. Passwords are not shown. Any thread.</summary>
internal sealed unsafe class ConfigChangeLog
{
    private const int MostLinesPerSecond = 10;
    private const int LongestShown = 100;

    private readonly LogLimit _lines = new(MostLinesPerSecond, nanoseconds: 1_000_000_000);

    /// <summary>Writes the line of a command whose parameters have been applied.</summary>
    /// <param name="call">The command.</param>
    /// <param name="table">The parameters.</param>
    /// <param name="parameters">Those that the command has set, in its order.</param>
    public void Write(CommandContext call, ConfigTable table, ReadOnlySpan<int> parameters)
    {
        if (!_lines.Allows(call.Thread.Started, out string addition))
        {
            return;
        }

        string settings = string.Empty;
        for (int i = 0; i < parameters.Length && settings.Length < LongestShown * 10; i++)
        {
            settings += (i == 0 ? string.Empty : ", ") + ByteText.Decode(table.NameOf(parameters[i])) + " "
                + (table.IsSecret(parameters[i]) ? "(not shown)" : Show(call.Arguments[3 + (2 * i)].Span));
        }

        string peer = ClientAddress.Peer(call.Thread.Connection) ?? "a client that is gone";
        call.Thread.Server.Log(6, "CONFIG SET by " + peer + ": " + settings + addition,
            new("peer", peer), new("connection", call.Thread.Connection->Identifier), new("settings", settings));
    }

    private static string Show(ReadOnlySpan<byte> value)
        => value.IsEmpty ? "\"\"" : value.Length <= LongestShown ? ByteText.Decode(value) : ByteText.Decode(value[..LongestShown]) + "...";
}
