using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The published program as a process.</summary>
internal sealed class RingProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    /// <param name="folder">The current folder.</param>
    /// <param name="arguments">The program's arguments.</param>
    public RingProcess(string folder, params string[] arguments)
        : this(Binary.Path, arguments, folder)
    {
    }

    private RingProcess(string program, string[] arguments, string folder)
    {
        ProcessStartInfo start = new(program)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
        };
        Patience.Give(start);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        new Thread(() => Collect(_process.StandardOutput, _output)) { IsBackground = true }.Start();
        new Thread(() => Collect(_process.StandardError, _errors)) { IsBackground = true }.Start();
    }

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    public int ExitCode => _process.ExitCode;

    public StreamWriter Input => _process.StandardInput;

    public int Id => _process.Id;

    /// <summary>Starts another program.</summary>
    public static RingProcess Start(string program, params string[] arguments) => new(program, arguments, Path.GetTempPath());

    /// <summary>Runs to the end and returns what it printed; fails the test when the exit code is another.</summary>
    public static RingProcess Run(int exitCode, string folder, params string[] arguments)
    {
        RingProcess process = new(folder, arguments);
        process.Input.Close();
        process.WaitForExit();
        Assert.True(exitCode == process.ExitCode, "exit code " + process.ExitCode + ": " + string.Join(' ', arguments) + "\n"
            + process.Output + process.Errors);
        return process;
    }

    public void WaitFor(string text)
    {
        for (int i = 0; i < Patience.Milliseconds / 10; i++)
        {
            if (Output.Contains(text, StringComparison.Ordinal) || Errors.Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            Assert.False(_process.HasExited, "ended before it said \"" + text + "\": " + Output + Errors);
            Thread.Sleep(10);
        }

        Assert.Fail("never said \"" + text + "\": " + Output + Errors);
    }

    public void WaitForExit()
    {
        Assert.True(_process.WaitForExit(Patience.Milliseconds), "does not end: " + Output + Errors);
        _process.WaitForExit();
        for (int i = 0; i < Patience.Milliseconds / 5 && !(Closed(_output) && Closed(_errors)); i++)
        {
            Thread.Sleep(5);
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static void Collect(StreamReader reader, StringBuilder target)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = reader.Read(buffer, 0, buffer.Length)) > 0)
        {
            lock (target)
            {
                _ = target.Append(buffer, 0, count);
            }
        }

        lock (target)
        {
            _ = target.Append('\uFFFF');
        }
    }

    private static bool Closed(StringBuilder text)
    {
        lock (text)
        {
            return text.Length > 0 && text[^1] == '\uFFFF';
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString().TrimEnd('\uFFFF');
        }
    }
}
