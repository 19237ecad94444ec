using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A ring of four: processes of ours and fake C nodes, with a folder for the clients.</summary>
internal sealed class RingProcesses : IDisposable
{
    private readonly RingProcess?[] _processes = new RingProcess?[4];
    private readonly RingFakeNode?[] _originals = new RingFakeNode?[4];

    /// <param name="mixture">Bit i: node i + 1 is a fake C node.</param>
    /// <param name="without">Bit i: node i + 1 is not started.</param>
    public RingProcesses(int mixture, int without = 0)
    {
        _ = Directory.CreateDirectory(Folder);
        _ = Directory.CreateDirectory(Shared);
        Nodes = new PeerAddress[4];
        string conf = "# a ring of four\n";
        for (int i = 0; i < 4; i++)
        {
            _originals[i] = (mixture >> i & 1) != 0 ? new RingFakeNode(true) : null;
            Nodes[i] = new PeerAddress(i + 1, "127.0.0.1", _originals[i]?.Port ?? FreePort(), i + 2);
            conf += "127.0.0.1 " + Nodes[i].Port + "\n";
        }

        File.WriteAllText(Conf, conf);
        for (int i = 0; i < 4; i++)
        {
            if (_originals[i] is null && (without >> i & 1) == 0)
            {
                Start(i);
            }
        }

        try
        {
            foreach (RingProcess? process in _processes)
            {
                process?.WaitFor("ready on ");
            }
        }
        catch
        {
            End();
            throw;
        }
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "epollsrv-ring-" + Guid.NewGuid().ToString("N"));

    public string Shared => Path.Combine(Folder, "shared");

    public string Conf => Path.Combine(Folder, "server.conf");

    public PeerAddress[] Nodes { get; }

    public RingFakeNode Original(int index) => _originals[index]!;

    public RingProcess Process(int index) => _processes[index]!;

    public static int OwnerOf(string key) => new RingMap(4).Owner(System.Text.Encoding.UTF8.GetBytes(key));

    public void Start(int index) => _processes[index] = new RingProcess(Folder, "serve", "--conf", Conf, "--id", (index + 1).ToString());

    /// <summary>Runs a client command in this ring's folder.</summary>
    public RingProcess Run(int exitCode, params string[] arguments) => RingProcess.Run(exitCode, Folder, [.. arguments, "--conf", Conf]);

    public string Get(string key) => Run(0, "get", key).Output;

    public void Dispose()
    {
        End();
        foreach (RingFakeNode? original in _originals)
        {
            Assert.Empty(original?.Violations ?? []);
        }
    }

    private void End()
    {
        for (int i = 0; i < 4; i++)
        {
            _processes[i]?.Dispose();
            _originals[i]?.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>
    /// A port of 127.0.0.1 that nobody had a moment ago. It lies below those that the kernel gives to outgoing connections,
    /// one of which could take it before the node does.
    /// </summary>
    public static int FreePort()
    {
        int end = int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t')[0], CultureInfo.InvariantCulture);
        while (true)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            int port = Random.Shared.Next(Math.Min(10_000, end / 2), end);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one then.
            }
        }
    }
}
