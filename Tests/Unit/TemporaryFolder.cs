using System;
using System.Diagnostics;
using System.IO;

namespace Epollsrv.Tests.Unit;

/// <summary>A new folder under the system's temporary one, removed with all it holds at the end of a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("epollsrv-test-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text = "text")
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Runs a program that makes what .NET cannot (mkfifo, mknod, ln); false when it failed.</summary>
    public bool Run(string program, params string[] arguments)
    {
        using Process process =
            Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Path, RedirectStandardError = true })!;
        return process.WaitForExit(Patience.Milliseconds) && process.ExitCode == 0;
    }

    /// <summary>Removed by rm: .NET cannot remove names that are no UTF-8.</summary>
    public void Dispose()
    {
        using Process process = Process.Start("rm", ["-rf", "--", Path]);
        process.WaitForExit();
    }
}
