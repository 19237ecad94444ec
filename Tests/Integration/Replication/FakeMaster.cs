using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>The master's side of a link, told by a test what to say. It may say anything.</summary>
internal sealed class FakeMaster : IDisposable
{
    /// <summary>A history's name.</summary>
    public const string History = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private TcpClient? _connection;
    private Stream? _stream;

    public FakeMaster() => _listener.Start();

    public string PortText => ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>An RDB file without a checksum: the header, database 0, what is given, and the end.</summary>
    public static byte[] Rdb(params byte[][] items)
    {
        List<byte> file = [.. "REDIS0009"u8, 0xFE, 0];
        foreach (byte[] item in items)
        {
            file.AddRange(item);
        }

        return [.. file, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    /// <summary>A string of an RDB file.</summary>
    public static byte[] Pair(string key, string value) => [0, .. Short(key), .. Short(value)];

    /// <summary>A list of one item of an RDB file.</summary>
    public static byte[] List(string key, string item) => [1, .. Short(key), 1, .. Short(item)];

    public static byte[] Request(params string[] arguments) => RespClient.Request(arguments);

    /// <summary>Waits for the replica and says what a master says, up to the PSYNC.</summary>
    /// <returns>The PSYNC's arguments.</returns>
    public string[] Greet()
    {
        Hang();
        _listener.Server.Poll(Patience.Milliseconds * 1000, SelectMode.SelectRead);
        Assert.True(_listener.Pending(), "nobody has connected");
        _connection = _listener.AcceptTcpClient();
        _connection.ReceiveTimeout = Patience.Milliseconds;
        _stream = _connection.GetStream();
        while (true)
        {
            string[] command = Read();
            switch (command[0])
            {
                case "PING":
                    Send("+PONG\r\n");
                    break;
                case "REPLCONF":
                    Send("+OK\r\n");
                    break;
                default:
                    Assert.Equal("PSYNC", command[0]);
                    return command[1..];
            }
        }
    }

    /// <summary>Greets and sends a snapshot of a position.</summary>
    public void SendSnapshot(long position, byte[] rdb)
    {
        _ = Greet();
        Send("+FULLRESYNC " + History + " " + position.ToString(CultureInfo.InvariantCulture) + "\r\n$"
            + rdb.Length.ToString(CultureInfo.InvariantCulture) + "\r\n");
        Send(rdb);
    }

    /// <summary>The next request of the replica.</summary>
    public string[] Read()
    {
        string line = ReadLine();
        while (line.Length == 0)
        {
            line = ReadLine();
        }

        string[] arguments = new string[int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture)];
        for (int i = 0; i < arguments.Length; i++)
        {
            byte[] bytes = new byte[int.Parse(ReadLine().AsSpan(1), CultureInfo.InvariantCulture)];
            _stream!.ReadExactly(bytes);
            Assert.Equal(string.Empty, ReadLine());
            arguments[i] = Encoding.Latin1.GetString(bytes);
        }

        return arguments;
    }

    /// <summary>Waits until the replica says that it has a position.</summary>
    public void AwaitPosition(long position)
    {
        string[] expected = ["REPLCONF", "ACK", position.ToString(CultureInfo.InvariantCulture)];
        string[] found = Read();
        while (!found.AsSpan().SequenceEqual(expected))
        {
            Assert.Equal("ACK", found[1]);
            Assert.True(long.Parse(found[2], CultureInfo.InvariantCulture) <= position, "it is at " + found[2]);
            found = Read();
        }
    }

    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public void Send(byte[] bytes) => _stream!.Write(bytes);

    /// <summary>Ends the connection.</summary>
    public void Hang()
    {
        _stream?.Dispose();
        _connection?.Dispose();
        _stream = null;
    }

    public void Dispose()
    {
        Hang();
        _listener.Dispose();
    }

    private static byte[] Short(string text) => [(byte)text.Length, .. Encoding.Latin1.GetBytes(text)];

    private string ReadLine()
    {
        StringBuilder line = new();
        int next;
        while ((next = _stream!.ReadByte()) != '\n')
        {
            Assert.True(next >= 0, "the replica has ended the connection");
            _ = line.Append((char)next);
        }

        return line.ToString().TrimEnd('\r');
    }
}
