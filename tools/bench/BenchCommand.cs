using System;
using Epollsrv.Commands;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary><c>epollsrv-bench</c>: a load generator. Options → a run (after one that fills the server, if asked) → its report.</summary>
internal static class BenchCommand
{
    private const int SpareDescriptors = 64;

    /// <summary>Runs the command: 0 done, 1 when there were errors, 64 wrong
    /// usage, 69 when the server cannot be reached or goes away.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = BenchOptions.Declare();
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        code = BenchOptions.Read(options, out BenchSettings settings);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        long files = ProcessLimits.RaiseOpenFiles();
        if (files < settings.Connections + SpareDescriptors)
        {
            return options.Refuse("--connections: the limit of open files is " + ValueText.FormatInteger(files) + " (ulimit -n)");
        }

        ServerProcess? process = null;
        if (options.IsSet("pid"))
        {
            process = new ServerProcess(options.GetList("pid"), options.GetDuration("trace"));
            if (process.Unreadable() is { } missing)
            {
                return options.Refuse("--pid: \"" + OptionSet.Readable(missing) + "\" is not a process that can be read");
            }
        }

        int file = -1;
        if (options.GetText("csv") is { } path)
        {
            file = Files.Open(path, Files.WriteOnly | Files.Create | Files.Truncate);
            if (file < 0)
            {
                return Complain(path + ": " + Errno.Describe(file), ExitCode.Failed);
            }
        }

        code = Measure(options, settings, process, file);
        Descriptor.Close(file);
        return code;
    }

    private static int Measure(OptionSet options, BenchSettings settings, ServerProcess? process, int file)
    {
        bool shows = Descriptor.IsTerminal(2) && !options.GetFlag("quiet");
        if (options.GetFlag("preload"))
        {
            if (shows)
            {
                StandardOutput.WriteError("\rwriting " + ValueText.FormatInteger(settings.Keys) + " keys\u001b[K");
            }

            LoadRun fill = new(settings.ForPreload());
            int filled = fill.Execute();
            if (filled != ExitCode.Success)
            {
                return Complain(settings.Server.ToString() + ": while writing the keys: " + (fill.Failure ?? fill.FirstError), filled);
            }
        }

        RunProgress progress = new(shows, file);
        LoadRun run = new(settings) { Process = process, Progress = progress };
        int code = run.Execute();
        progress.End();
        if (run.Requests > 0)
        {
            StandardOutput.Write(options.GetFlag("json") ? BenchReport.Json(run) : BenchReport.Text(run));
        }

        string? trouble = run.Failure
            ?? (code == ExitCode.Success ? null : ValueText.FormatInteger(run.Errors) + " errors, the first: " + run.FirstError);
        return trouble is null ? code : Complain(settings.Server.ToString() + ": " + trouble, code);
    }

    private static int Complain(string text, int code)
    {
        StandardOutput.WriteError("epollsrv-bench: " + text + "\n");
        return code;
    }
}
