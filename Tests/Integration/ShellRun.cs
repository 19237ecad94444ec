using System.Diagnostics;
using System.Text;
using System.Threading;

namespace Epollsrv.Tests.Integration;

/// <summary>The published program run by a shell: for what .NET cannot pass to a process itself, as bytes that are no UTF-8.</summary>
internal static class ShellRun
{
    // A program started in the background may not have made its output file yet: that is no error.
    private const string Prologue = """
        exec 2>&1
        logged() { until grep -qs "$1" log; do sleep 0.05; done; }

        """;

    /// <summary>
    /// Runs a script of sh in which "$E" is the program, "$F" the current folder, and `logged TEXT`
    /// waits until the file `log` has the text. It is killed when <see cref="Patience"/> is over.
    /// </summary>
    /// <returns>Its exit code, and what it wrote to both outputs, a character a byte.</returns>
    public static (int Code, string Output) Run(string folder, string script)
    {
        ProcessStartInfo start = new("sh", ["-c", Prologue + script])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.Latin1,
        };
        Patience.Give(start);
        start.Environment["E"] = Binary.Path;
        start.Environment["F"] = folder;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using Timer watchdog = new(_ => process.Kill(entireProcessTree: true), null, Patience.Milliseconds, Timeout.Infinite);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
