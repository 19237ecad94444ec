using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

using Epollsrv.Commands;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The health check against listeners that answer well, badly, late and not at all; and the self-check.</summary>
public sealed class HealthCheckTests
{
    private const int FrameSize = 1500;
    private const string Long = "2m";

    [Fact]
    public void A_frame_is_health_even_when_it_says_error_and_comes_in_pieces()
    {
        byte[] request = new byte[FrameSize];
        int code = RunAgainst(client =>
        {
            ReadWhole(client, request);
            byte[] reply = (byte[])request.Clone();
            reply[3] = 4;
            _ = client.Send(reply, 0, 700, SocketFlags.None);
            Thread.Sleep(30);
            _ = client.Send(reply, 700, 800, SocketFlags.None);
        });
        Assert.Equal(ExitCode.Success, code);
        Assert.Equal("CS\u0002\0"u8.ToArray(), request[..4]);
        Assert.Equal(1, request[5]);
    }

    [Fact]
    public void Something_else_than_a_frame_is_not_health()
        => Assert.Equal(ExitCode.Failed, RunAgainst(client => client.Send(new byte[FrameSize])));

    [Fact]
    public void A_closed_connection_is_not_health() => Assert.Equal(ExitCode.Failed, RunAgainst(client => client.Close()));

    [Fact]
    public void Silence_ends_at_the_time_out()
    {
        using ManualResetEventSlim over = new();
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(ExitCode.Failed, RunAgainst(_ => over.Wait(Patience.Milliseconds), over.Set, "300ms"));
        Assert.InRange(watch.ElapsedMilliseconds, 250, Patience.Milliseconds);
    }

    [Fact]
    public void Nobody_there_is_not_health()
    {
        using Socket free = new(SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal(ExitCode.Failed, HealthCheckCommand.Run(["--server", "127.0.0.1:" + ((IPEndPoint)free.LocalEndPoint!).Port]));
    }

    [Fact]
    public void A_node_on_a_Unix_domain_socket_is_found_by_its_bind_address()
    {
        string path = Path.Combine(Path.GetTempPath(), "epollsrv-health-" + Guid.NewGuid().ToString("N"));
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            Assert.Equal(ExitCode.Success, RunAgainst(Echo, null, listener, Long, "--bind", "unix:" + path + ",127.0.0.1"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_node_bound_to_all_addresses_is_asked_on_loopback()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        string port = ((IPEndPoint)listener.LocalEndPoint!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(ExitCode.Success, RunAgainst(Echo, null, listener, Long, "--bind=0.0.0.0", "--port", port));
    }

    [Fact]
    public void One_of_a_nodes_addresses_that_answers_is_enough()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string port = ((IPEndPoint)listener.LocalEndPoint!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(ExitCode.Success,
            RunAgainst(Echo, null, listener, Long, "--bind=127.0.0.2,unix:/nowhere/socket,127.0.0.1", "--port", port));
    }

    [Theory]
    [InlineData("--server", "x:y")]
    [InlineData("--port", "0")]
    [InlineData("--timeout", "off")]
    [InlineData("extra", "argument")]
    public void Wrong_usage_ends_with_64(params string[] arguments) => Assert.Equal(ExitCode.Usage, HealthCheckCommand.Run(arguments));

    [Fact]
    public void The_self_check_finds_this_machine_as_it_should_be()
    {
        int code = -1;

        // A thread of its own: the check leaves its thread with the stop signals blocked.
        new Beside(() =>
        {
            code = SelfCheckCommand.Run([]);
            return null;
        }).Check();
        Assert.Equal(ExitCode.Success, code);
    }

    private static void Echo(Socket client)
    {
        byte[] request = new byte[FrameSize];
        ReadWhole(client, request);
        _ = client.Send(request);
    }

    private static void ReadWhole(Socket client, byte[] buffer)
    {
        for (int done = 0; done < buffer.Length;)
        {
            int count = client.Receive(buffer, done, buffer.Length - done, SocketFlags.None);
            Assert.NotEqual(0, count);
            done += count;
        }
    }

    private static int RunAgainst(Action<Socket> serve, Action? after = null, string timeout = Long)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return RunAgainst(serve, after, listener, timeout, "--server", listener.LocalEndPoint!.ToString()!);
    }

    private static int RunAgainst(Action<Socket> serve, Action? after, Socket listener, string timeout, params string[] arguments)
    {
        listener.Listen(1);
        Beside server = new(() =>
        {
            using Socket client = listener.Accept();
            serve(client);
            return null;
        });
        int code = HealthCheckCommand.Run([.. arguments, "--timeout", timeout]);
        after?.Invoke();
        server.Check();
        return code;
    }
}
