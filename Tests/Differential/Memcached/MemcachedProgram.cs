using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Threading;

using Xunit.Sdk;

namespace Epollsrv.Tests.Differential.Memcached;

/// <summary>The program memcached, found on PATH, on a unix socket in a folder of its own; killed when disposed.</summary>
internal sealed class MemcachedProgram : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memcached-").FullName;
    private readonly Process _process;

    public MemcachedProgram(params string[] options)
    {
        SocketPath = Path.Combine(_folder, "socket");

        // As root only when it is said. Without its threads that look at items now and then: a number that one of them looks at, decr does
        // not pad.
        string[] arguments = ["-u", "root", "-s", SocketPath, "-t", "1", "-m", "1024", "-o", "no_modern", .. options];
        _process = Process.Start(new ProcessStartInfo("memcached", arguments) { RedirectStandardError = true })!;
        for (int i = 0; i < Patience.Milliseconds / 10; i++)
        {
            if (_process.HasExited)
            {
                throw new XunitException("memcached ended: " + _process.StandardError.ReadToEnd());
            }

            using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                probe.Connect(new UnixDomainSocketEndPoint(SocketPath));
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(10);
            }
        }

        Dispose();
        throw new XunitException("memcached does not listen");
    }

    /// <summary>Where it listens.</summary>
    public string SocketPath { get; }

    /// <summary>Whether it is still there.</summary>
    public bool IsRunning => !_process.HasExited;

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
}
