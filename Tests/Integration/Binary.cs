using System;
using System.Diagnostics;
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

    /// <summary>Runs the program to its end, at most 20 s, without any EPOLLSRV_ variable but those given ("NAME=VALUE").</summary>
    public static (int Code, string Output, string Error) Run(string[] arguments, params string[] variables)
    {
        ProcessStartInfo start = new(Path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
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
        using System.Threading.Timer watchdog = new(_ => process.Kill(), null, 20_000, System.Threading.Timeout.Infinite);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.ToString());
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
