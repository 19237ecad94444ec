using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;

namespace Epollsrv.Tests.Integration;

/// <summary>The published program, out/epollsrv: `make` builds it before the tests run.</summary>
internal static class Binary
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The program.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Root, "out", "epollsrv");

    /// <summary>The load generator, out/epollsrv-bench.</summary>
    public static string LoadGenerator { get; } = System.IO.Path.Combine(Root, "out", "epollsrv-bench");

    /// <summary>Runs the program to its end, without any EPOLLSRV_ variable but the time-out's and those given ("NAME=VALUE").</summary>
    public static (int Code, string Output, string Error) Run(string[] arguments, params string[] variables) =>
        RunProgram(Path, arguments, variables);

    /// <summary>The same with another program.</summary>
    public static (int Code, string Output, string Error) RunProgram(string program, string[] arguments, params string[] variables)
    {
        ProcessStartInfo start =
            new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        Patience.Give(start);
        foreach (string variable in variables)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            start.Environment[variable[..equals]] = variable[(equals + 1)..];
        }

        StringBuilder error = new();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        process.ErrorDataReceived += (_, line) => error.Append(line.Data is null ? string.Empty : line.Data + "\n");
        process.BeginErrorReadLine();
        using System.Threading.Timer watchdog = new(_ => process.Kill(), null, Patience.Milliseconds, System.Threading.Timeout.Infinite);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.ToString());
    }

    /// <summary>Sends a signal by its name, for example TERM. By the shell:
    /// kill as a program is in a package that not every machine has.</summary>
    public static void Signal(int process, string name)
    {
        using Process shell = Process.Start("sh", ["-c", "kill -" + name + " " + process.ToString(CultureInfo.InvariantCulture)]);
        shell.WaitForExit();
    }

    private static string FindRoot()
    {
        string? folder = System.IO.Path.GetDirectoryName(typeof(Binary).Assembly.Location);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder, "epollsrv.csproj")))
        {
            folder = System.IO.Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("no epollsrv.csproj above the test assembly");
    }
}
