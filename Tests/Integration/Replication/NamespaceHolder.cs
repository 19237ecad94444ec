using System;
using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A process with a network and file systems of its own, which are there as long as it is: until this process ends, or it is
/// disposed.</summary>
internal sealed class NamespaceHolder : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="folder">Where it has a small file system of its own; null: nowhere.</param>
    /// <param name="megabytes">Its size.</param>
    public NamespaceHolder(string? folder = null, int megabytes = 0)
    {
        string mount = folder is null ? "true"
            : string.Create(CultureInfo.InvariantCulture, $"mount -t tmpfs -o size={megabytes}m test {folder}");

        // cat(1) ends when nobody can write to its input any more.
        ProcessStartInfo start = new("unshare", ["--net", "--mount", "sh", "-c", mount + " && echo made && exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        Assert.True(_process.StandardOutput.ReadLine() == "made", "no namespaces can be made: this needs root");
    }

    /// <summary>The process's number.</summary>
    public string ProcessText => _process.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>What runs a program there that is given behind it.</summary>
    public string[] Wrapper => ["nsenter", "-t", ProcessText, "-n", "-m", "--"];

    /// <summary>Runs a program there, which must succeed.</summary>
    public void Run(params string[] command) => HostNetwork.RunHere(Wrapper[0], [.. Wrapper[1..], .. command]);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
