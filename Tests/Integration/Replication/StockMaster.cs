using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A stock redis-server that a node follows: a process of its own on a free port, killed when disposed.</summary>
internal sealed class StockMaster : IGroupMember
{
    private readonly string _folder = Directory.CreateTempSubdirectory("master-").FullName;
    private readonly string _program;
    private readonly string[] _options;
    private Process? _process;

    public StockMaster(params string[] options)
        : this("redis-server", null, options)
    {
    }

    /// <summary>Starts it on another host, with its data on that one's disk.</summary>
    public StockMaster(TestHost host, params string[] options)
        : this("redis-server", host, [.. options, "--dir", host.Folder, "--bind", host.Address.ToString(), "--protected-mode", "no"])
    {
    }

    private StockMaster(string program, TestHost? host, string[] options)
    {
        _program = program;
        _options = options;
        Host = host;
        Place = new IPEndPoint(host?.Address ?? IPAddress.Loopback, RingProcesses.FreePort());
        _process = Start();
    }

    public IPEndPoint Place { get; }

    public TestHost? Host { get; }

    public int Port => Place.Port;

    public string Report => File.ReadAllText(Path.Combine(_folder, "log"));

    /// <summary>HOST:PORT, as --replica-of takes it.</summary>
    public string Text => "127.0.0.1:" + Port.ToString(CultureInfo.InvariantCulture);

    public string PortText => Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Starts another program that takes the same options: valkey-server.</summary>
    public static StockMaster Of(string program, params string[] options) => new(program, null, options);

    public RespClient Connect() => new(Place);

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Starts it again after <see cref="Kill"/>.</summary>
    public void Restart() => _process = Start();

    public void Signal(string name) => Binary.Signal(_process!.Id, name);

    public void Dispose()
    {
        Kill();
        Directory.Delete(_folder, true);
    }

    private Process Start()
    {
        List<string> arguments =
            ["--port", PortText, "--save", string.Empty, "--dir", _folder, "--logfile", Path.Combine(_folder, "log"),
                "--repl-diskless-sync-delay", "0", .. _options];
        List<string> command = [.. Host?.Holder.Wrapper ?? [], _program, .. arguments];
        Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
        try
        {
            NodeUnderTest.Until(() => Answers(process), "redis-server answers");
        }
        catch
        {
            process.Kill();
            throw;
        }

        return process;
    }

    private bool Answers(Process process)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException("redis-server has ended: " + File.ReadAllText(Path.Combine(_folder, "log")));
        }

        try
        {
            using RespClient client = Connect();
            return client.Call("PING") is { Length: > 0 } answer && !answer.StartsWith("-LOADING", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
