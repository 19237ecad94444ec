using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Epollsrv.Tests.Integration;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>strace(1) on all threads of a node: has system calls fail until it is disposed.</summary>
internal sealed class Tracer : IDisposable
{
    private readonly Process _strace;

    /// <summary>Begins.</summary>
    /// <param name="node">The node.</param>
    /// <param name="output">A file for what strace writes.</param>
    /// <param name="paths">Only calls on these files fail; none: all.</param>
    /// <param name="injections">What fails, as strace's --inject takes it.</param>
    public Tracer(PublishedNode node, string output, IEnumerable<string> paths, params string[] injections)
    {
        Output = output;
        List<string> arguments = ["-f", "-q", "-o", output];
        foreach (string path in paths)
        {
            arguments.AddRange(["-P", path]);
        }

        Array.ForEach(injections, injection => arguments.Add("--inject=" + injection));
        string process = node.Process.Id.ToString(CultureInfo.InvariantCulture);
        arguments.AddRange(["-p", process]);
        _strace = Process.Start(new ProcessStartInfo("strace", arguments) { RedirectStandardError = true })!;
        NodeUnderTest.Until(() =>
        {
            Assert.False(_strace.HasExited, "strace has ended");
            return Array.TrueForAll(Directory.GetDirectories("/proc/" + process + "/task"), IsTraced);
        });
    }

    /// <summary>What strace writes.</summary>
    public string Output { get; }

    /// <summary>How many calls have failed because of it.</summary>
    public static int Injected(string output)
    {
        int count = 0;
        foreach (string line in File.ReadLines(output))
        {
            count += line.EndsWith("(INJECTED)", StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }

    public void Dispose()
    {
        Binary.Signal(_strace.Id, "INT");
        bool ended = _strace.WaitForExit(Patience.Milliseconds);
        _strace.Dispose();
        Assert.True(ended, "strace does not end");
    }

    // A thread may end meanwhile.
    private static bool IsTraced(string task)
    {
        try
        {
            return !File.ReadAllText(Path.Combine(task, "status")).Contains("\nTracerPid:\t0\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
