using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.Json;

using Xunit.Sdk;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>The published program's `fetch` as a process.</summary>
internal sealed class FetchRun : IDisposable
{
    private readonly StringBuilder _errors = new();

    private FetchRun(string folder, string[] arguments)
    {
        Process = Process.Start(
            new ProcessStartInfo(
            PublishedNode.Program, arguments)
            { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
        Process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _ = line.Data is null ? _errors : _errors.Append(line.Data).Append('\n');
            }
        };
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts a fetch that asks this ring of one; with a time-out that no busy machine reaches, unless another is given.</summary>
    public static FetchRun Start(string folder, int ring, params string[] arguments)
        => new(folder, ["fetch", .. arguments, "--server", "127.0.0.1:" + ring, "--progress", "json",
            .. Array.IndexOf(arguments, "--timeout") < 0 ? (string[])["--timeout", "60s"] : []]);

    /// <summary>Runs a fetch to its end and checks the exit code.</summary>
    public static FetchRun ToEnd(int code, string folder, int ring, params string[] arguments)
    {
        FetchRun run = Start(folder, ring, arguments);
        run.Wait(code);
        return run;
    }

    /// <summary>Waits for its end, in whatever way.</summary>
    public void WaitForExit()
    {
        if (!Process.WaitForExit(Patience.Milliseconds))
        {
            Process.Kill();
            throw new XunitException("fetch does not end:\n" + Errors);
        }

        Process.WaitForExit();
    }

    public void Wait(int code)
    {
        WaitForExit();
        if (Process.ExitCode != code)
        {
            throw new XunitException("fetch ended with " + Process.ExitCode + " instead of " + code + ":\n" + Errors);
        }
    }

    /// <summary>A number of the last JSON line.</summary>
    public long Number(string member)
    {
        string last = string.Empty;
        foreach (string line in Errors.Split('\n'))
        {
            last = line.StartsWith('{') ? line : last;
        }

        using JsonDocument document = JsonDocument.Parse(last);
        return document.RootElement.GetProperty(member).GetInt64();
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    /// <summary>Random bytes, the same for the same seed.</summary>
    public static byte[] Random(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The files of a folder, without the path, sorted.</summary>
    public static string[] FilesOf(string folder)
    {
        List<string> names = [];
        foreach (string path in Directory.GetFiles(folder))
        {
            names.Add(Path.GetFileName(path));
        }

        names.Sort(StringComparer.Ordinal);
        return names.ToArray();
    }
}
