using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

using Epollsrv.Engine;

using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Integration;

/// <summary>The published program, out/epollsrv, as a process of its own.</summary>
internal sealed class PublishedNode : NodeUnderTest
{
    private readonly StringBuilder _log = new();
    private readonly ManualResetEventSlim _ready = new();
    private int _port;

    /// <summary>Starts the program and waits for its ready line.</summary>
    /// <param name="arguments">Options of `epollsrv serve`.</param>
    /// <param name="wrapper">A program and its arguments that start the program given after them.</param>
    public PublishedNode(List<string> arguments, params string[] wrapper)
        : this(Process.Start(Describe([.. wrapper, .. Command, "serve", .. arguments]))!)
    {
        if (!_ready.Wait(Patience.Milliseconds))
        {
            Process.Kill();
            throw new XunitException("not ready in time: " + LogText);
        }

        if (_port < 0)
        {
            throw new XunitException("ended with " + WaitForExit() + " before it was ready: " + LogText);
        }
    }

    private PublishedNode(Process process)
    {
        Process = process;
        Process.ErrorDataReceived += (_, line) => Log(line.Data);
        Process.OutputDataReceived += (_, line) => Log(line.Data);
        Process.BeginErrorReadLine();
        Process.BeginOutputReadLine();
    }

    /// <summary>The program under test.</summary>
    public static string Program { get; } = FindProgram();

    // TEST_TRACE names a folder for lists of the system calls that the node makes (scripts/sandbox-test.sh); those of each request are left
    // out. With -D the node and not strace is the process that was started.
    private static string[] Command => Environment.GetEnvironmentVariable("TEST_TRACE") is not { } folder ? [Program] : [
        "/usr/bin/strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e",
        "trace=!recvfrom,sendto,sendmsg,futex,epoll_wait,epoll_ctl,read,write,accept4,close,sched_yield",
        "-o", Path.Combine(folder, Guid.NewGuid().ToString()), Program];

    public override int Port => _port;

    public override string LogText
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public override Server Server => throw new NotSupportedException();

    public override Process Process { get; }

    /// <summary>Starts the program without waiting for anything.</summary>
    public static PublishedNode StartOnly(params string[] arguments) => new(Process.Start(Describe([.. Command, .. arguments]))!);

    /// <summary>Runs the program to its end.</summary>
    public static (int Code, string Output) RunToEnd(params string[] arguments) => RunToEnd([], arguments);

    /// <summary>The same, started by a program and its arguments that are followed by its own.</summary>
    public static (int Code, string Output) RunToEnd(string[] wrapper, string[] arguments)
    {
        using PublishedNode node = new(Process.Start(Describe([.. wrapper, .. Command, .. arguments]))!);
        int code = node.WaitForExit();
        return (code, node.LogText);
    }

    public void Signal(string name)
    {
        Binary.Signal(Process.Id, name);
    }

    public override void RequestStop()
    {
        if (!Process.HasExited)
        {
            Signal("TERM");
        }
    }

    public override int WaitForExit(int milliseconds = Patience.Milliseconds)
    {
        if (!Process.WaitForExit(milliseconds))
        {
            Process.Kill();
            throw new XunitException("the node does not stop; log:\n" + LogText);
        }

        // Once more without a time: the output is read to its end.
        Process.WaitForExit();
        return Process.ExitCode;
    }

    public override void CheckAlive()
    {
        // A test that stops the node itself has seen the exit code.
    }

    /// <summary>For the report of a connection that was lost: whether the node
    /// still runs, how it ended otherwise, and what it said last.</summary>
    public string Describe()
    {
        const int LastCharacters = 2000;
        string state = Process.WaitForExit(1000)
            ? "the node has ended with code " + Process.ExitCode.ToString(CultureInfo.InvariantCulture)
            : "the node runs, " + ResidentBytes().ToString(CultureInfo.InvariantCulture) + " bytes resident, "
                + Descriptors().ToString(CultureInfo.InvariantCulture) + " descriptors";
        string log = LogText;
        return state + "; its log ends:\n" + log[Math.Max(0, log.Length - LastCharacters)..];
    }

    /// <summary>Resident memory, bytes.</summary>
    public long ResidentBytes() => StatusKilobytes("VmRSS:") * 1024;

    /// <summary>The most resident memory ever, bytes, or since <see cref="ForgetPeak"/>.</summary>
    public long PeakResidentBytes() => StatusKilobytes("VmHWM:") * 1024;

    /// <summary>The kernel notes the most resident memory anew from here on.</summary>
    public void ForgetPeak() => File.WriteAllText("/proc/" + Process.Id.ToString(CultureInfo.InvariantCulture) + "/clear_refs", "5");

    /// <summary>Bytes of address space.</summary>
    public long AddressSpace() => StatusKilobytes("VmSize:") * 1024;

    /// <summary>Leaves the process so many bytes of address space more than it has.</summary>
    public void LimitAddressSpace(long more)
    {
        string bytes = (AddressSpace() + more).ToString(CultureInfo.InvariantCulture);
        using Process limit = Process.Start("prlimit", ["--pid", Process.Id.ToString(CultureInfo.InvariantCulture), "--as=" + bytes]);
        limit.WaitForExit();
        Assert.Equal(0, limit.ExitCode);
    }

    /// <summary>Open descriptors.</summary>
    public int Descriptors() => Directory.GetFileSystemEntries("/proc/" + Process.Id.ToString(CultureInfo.InvariantCulture) + "/fd").Length;

    /// <summary>Processor time used so far.</summary>
    public TimeSpan CpuTime()
    {
        Process.Refresh();
        return Process.TotalProcessorTime;
    }

    public override void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
        }

        Process.WaitForExit();
        Process.Dispose();
        _ready.Dispose();
    }

    private static ProcessStartInfo Describe(string[] command)
        => new(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };

    private static string FindProgram()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "epollsrv.csproj")))
            {
#if CHECK_OWNERSHIP
                string program = Path.Combine(folder.FullName, "out", "checked", "epollsrv");
#else
                string program = Path.Combine(folder.FullName, "out", "epollsrv");
#endif
                return File.Exists(program) ? program : throw new XunitException(program + " is missing: run make first");
            }
        }

        throw new XunitException("the repository was not found above " + AppContext.BaseDirectory);
    }

    private long StatusKilobytes(string name)
    {
        foreach (string line in File.ReadLines("/proc/" + Process.Id.ToString(CultureInfo.InvariantCulture) + "/status"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return long.Parse(line[name.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim(),
                    CultureInfo.InvariantCulture);
            }
        }

        throw new XunitException("no " + name);
    }

    private void Log(string? line)
    {
        if (line is null)
        {
            if (!_ready.IsSet && _port == 0)
            {
                _port = -1;
                Set();
            }

            return;
        }

        lock (_log)
        {
            _log.AppendLine(line);
        }

        // In a line of text behind the level, in one of JSON at the beginning of the message.
        Match ready = Regex.Match(line, "[ \"]ready on ([^ ,]+)");
        if (ready.Success)
        {
            string address = ready.Groups[1].Value;
            _port = address.StartsWith("unix:", StringComparison.Ordinal) ? 1
                : int.Parse(address[(address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
            Set();
        }
    }

    private void Set()
    {
        try
        {
            _ready.Set();
        }
        catch (ObjectDisposedException)
        {
            // The process ended after the test did.
        }
    }
}
