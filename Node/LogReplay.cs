using System;
using Epollsrv.Journal.Loading;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>Runs the commands of a node's log when it is read back, and says which of them end loading. One thread.</summary>
internal sealed unsafe class LogReplay
{
    private readonly CommandReplay _replay;
    private readonly bool _skipsOtherTypes;
    private string? _refusal;

    /// <summary>Makes a replay into a node's store.</summary>
    public LogReplay(RunningNode node, bool skipsOtherTypes)
    {
        _replay = new CommandReplay(node.Resp, node.Server, CommandSource.Loader);
        _skipsOtherTypes = skipsOtherTypes;
    }

    /// <summary>What runs the commands.</summary>
    public CommandReplay Commands => _replay;

    /// <summary>For the loader.</summary>
    public ReplayTarget Target => new() { Owner = this, Run = &Run, Select = &Select, Error = &ErrorOf };

    private static ReplayOutcome Run(object owner, Argument* arguments, int count) => ((LogReplay)owner).Run(arguments, count);

    private static void Select(object owner, int database) => _ = ((LogReplay)owner)._replay.Call.TrySelect(database);

    private static string ErrorOf(object owner)
    {
        LogReplay replay = (LogReplay)owner;
        return replay._refusal ?? ByteText.Decode(replay._replay.Error);
    }

    // What a master's stream holds besides commands on keys means nothing here.
    private ReplayOutcome Run(Argument* arguments, int count)
    {
        if (arguments->Is("publish"u8) || arguments->Is("spublish"u8) || arguments->Is("ping"u8) || arguments->Is("replconf"u8)
            || arguments->Is("script"u8))
        {
            _replay.DropItem();
            return ReplayOutcome.Done;
        }

        CommandOutcome outcome = _replay.Execute(arguments, count);
        if (outcome == CommandOutcome.Done)
        {
            return ReplayOutcome.Done;
        }

        if (outcome == CommandOutcome.UnknownCommand || IsOtherType(arguments))
        {
            _refusal = _skipsOtherTypes ? null : RefusalOf(arguments, count);
            return _skipsOtherTypes ? ReplayOutcome.Skipped : ReplayOutcome.Refused;
        }

        // Without the database the commands behind it would change another one. Without memory, keys would be missing.
        _refusal = _replay.MissingDatabase is { } missing
            ? "the file has commands for database " + Numbers.ToText(missing) + ", and there are "
                + Numbers.ToText(_replay.Access.Store.DatabaseCount) + ": raise --databases"
            : _replay.Error.SequenceEqual(CommandErrors.OutOfMemory) ? "there is no memory for all keys of the file" : null;
        return outcome == CommandOutcome.Failed && _refusal is null ? ReplayOutcome.Failed : ReplayOutcome.Refused;
    }

    // A RESTORE of a value that is no string.
    private bool IsOtherType(Argument* arguments)
        => arguments->Is("restore"u8) && _replay.Error.SequenceEqual(RestoreCommand.BadFormat);

    private static string RefusalOf(Argument* arguments, int count) => arguments->Is("function"u8)
        ? "the file holds functions, which this program cannot run. --skip-other-types leaves them out"
        : "the file holds the command " + StreamRefusals.Show(arguments)
            + (count < 2 ? string.Empty : " of the key \"" + StreamRefusals.Show(arguments + 1) + "\"")
            + ", which is not about strings: only strings can be loaded. --skip-other-types leaves such commands out";
}
