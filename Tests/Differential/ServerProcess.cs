using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;

namespace Epollsrv.Tests.Differential;

/// <summary>A server process that listens on a unix socket in a folder of its own; killed when disposed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly string _folder;

    private ServerProcess(string folder, string program, string[] arguments)
    {
        _folder = folder;
        SocketPath = Path.Combine(folder, "socket");
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Log(line.Data);
        _process.ErrorDataReceived += (_, line) => Log(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilReady();
    }

    /// <summary>Where it listens.</summary>
    public string SocketPath { get; }

    /// <summary>Whether it is still there.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>What it printed.</summary>
    public string LogText
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>A redis-server with nothing written to a disk.</summary>
    public static ServerProcess StartRedis(params string[] options) => StartServer("redis-server", options);

    /// <summary>The same with another program that has redis-server's options.</summary>
    public static ServerProcess StartServer(string program, params string[] options)
    {
        string folder = NewFolder();
        return new ServerProcess(
            folder,
            program,
            ["--port", "0", "--unixsocket", Path.Combine(folder, "socket"), "--save", string.Empty, "--appendonly", "no", "--hz", "500",
                "--dynamic-hz", "no", "--repl-backlog-size", "16mb", "--dir", folder, .. options]);
    }

    /// <summary>A node: the published program.</summary>
    public static ServerProcess StartNode(string program, params string[] options)
    {
        string folder = NewFolder();
        return new ServerProcess(folder, program, ["serve", "--bind", "unix:" + Path.Combine(folder, "socket"), .. options]);
    }

    /// <summary>A connection.</summary>
    public RespStream Connect() => new(SocketPath);

    /// <summary>Sends it a signal.</summary>
    public void Signal(string name) => Integration.Binary.Signal(Id, name);

    /// <summary>Waits for its own end; false when it does not come in time.</summary>
    public bool EndsWithin(int milliseconds) => _process.WaitForExit(milliseconds);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, true);
    }

    private static string NewFolder() => Directory.CreateTempSubdirectory("differential-").FullName;

    private void WaitUntilReady()
    {
        for (int i = 0; i < Patience.Milliseconds / 10; i++)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException("ended before it was ready: " + LogText);
            }

            // A node and redis-server print that when all keys are loaded. Either may listen, and answer LOADING, before.
            string log = LogText;
            if (log.Contains("ready on ", StringComparison.Ordinal)
                || log.Contains("ready to accept connections", StringComparison.OrdinalIgnoreCase))
            {
                return;
            }

            Thread.Sleep(10);
        }

        _process.Kill();
        throw new InvalidOperationException("not ready in time: " + LogText);
    }

    private void Log(string? line)
    {
        lock (_log)
        {
            // The beginning and the end matter; a log of many gigabytes does not.
            if (line is not null && _log.Length < 1 << 20)
            {
                _log.AppendLine(line);
            }
        }
    }
}
