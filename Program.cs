using System;
using Epollsrv.Commands;
using Epollsrv.Native;

namespace Epollsrv;

/// <summary>Picks the command that the arguments name.</summary>
internal static class Program
{
    private static readonly string[] _commands =
        ["serve", "put", "get", "del", "register", "fetch", "files", "nodes", "ping", "perf", "check",
        "config", "healthcheck", "selfcheck", "help", "version"];

    private static int Main(string[] arguments)
    {
        // A reader that goes away (`epollsrv help | head -1`) and a file's receiver (sendfile) give EPIPE, not a signal.
        Signals.IgnoreBrokenPipe();
        try
        {
            return ProcessText.Arguments(arguments) is { } exact ? Run(exact)
                : Refused("an argument is no UTF-8, and without /proc its bytes cannot be read: mount /proc");
        }
        catch (SystemRefusedException refusal)
        {
            return Refused(refusal.Message);
        }
        catch (OutOfMemoryException exception)
        {
            ProcessExit.OutOfMemoryAtStart(exception);
            return ExitCode.Configuration;
        }
    }

    private static int Refused(string text)
    {
        StandardOutput.WriteError("epollsrv: " + text + "\n");
        return ExitCode.Configuration;
    }

    private static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.IsEmpty)
        {
            return ServeCommand.Run([]);
        }

        string name = arguments[0];
        switch (name)
        {
            case "--help" or "-h":
                return HelpCommand.Run([]);
            case "--version" or "-V":
                return VersionCommand.Run([]);
        }

        if (ConsoleCommand.Matches(arguments))
        {
            return ConsoleCommand.Run(arguments);
        }

        ReadOnlySpan<string> rest = arguments[1..];
        return name switch
        {
            "serve" => ServeCommand.Run(rest),
            "put" => PutCommand.Run(rest),
            "get" => GetCommand.Run(rest),
            "del" => DelCommand.Run(rest),
            "register" => RegisterCommand.Run(rest),
            "fetch" => FetchCommand.Run(rest),
            "files" => FilesCommand.Run(rest),
            "nodes" => NodesCommand.Run(rest),
            "ping" => PingCommand.Run(rest),
            "perf" => PerfCommand.Run(rest),
            "check" => CheckCommand.Run(rest),
            "config" => ConfigCommand.Run(rest),
            "healthcheck" => HealthCheckCommand.Run(rest),
            "selfcheck" => SelfCheckCommand.Run(rest),
            "help" => rest.IsEmpty || rest[0].StartsWith('-') ? HelpCommand.Run(rest) : Run([rest[0], "--help"]),
            "version" => VersionCommand.Run(rest),
            _ => name.StartsWith("--", StringComparison.Ordinal) ? ServeCommand.Run(arguments) : Unknown(name),
        };
    }

    private static int Unknown(string name)
    {
        string? nearest = Suggestion.Nearest(name, _commands);
        string complaint = nearest is null ? ". See: " : "; did you mean " + nearest + "? See: ";
        StandardOutput.WriteError("epollsrv: \"" + OptionSet.Readable(name) + "\" is not a command" + complaint + "epollsrv --help\n");
        return ExitCode.Usage;
    }
}
