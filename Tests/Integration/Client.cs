using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A plain client with a blocking socket; every operation fails after a generous time instead of hanging.</summary>
internal sealed class Client : IDisposable
{
    public Client(EndPoint address, int receiveBuffer = 0, int sendBuffer = 0)
    {
        Socket = new Socket(address.AddressFamily, SocketType.Stream, address.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified
            : ProtocolType.Tcp)
        {
            ReceiveTimeout = Patience.Milliseconds,
            SendTimeout = Patience.Milliseconds,
        };
        if (address.AddressFamily != AddressFamily.Unix)
        {
            Socket.NoDelay = true;
        }

        if (receiveBuffer > 0)
        {
            Socket.ReceiveBufferSize = receiveBuffer;
        }

        if (sendBuffer > 0)
        {
            Socket.SendBufferSize = sendBuffer;
        }

        Socket.Connect(address);
    }

    public Socket Socket { get; }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[Socket.Send(bytes)..];
        }
    }

    public byte[] Receive(int count)
    {
        byte[] bytes = new byte[count];
        int done = 0;
        while (done < count)
        {
            int part = Socket.Receive(bytes, done, count - done, SocketFlags.None);
            if (part == 0)
            {
                throw new EndOfStreamException($"the connection ended after {done} of {count} bytes");
            }

            done += part;
        }

        return bytes;
    }

    /// <summary>A frame there and one back.</summary>
    public byte[] Exchange(byte[] request)
    {
        Send(request);
        return Receive(CsFrame.Size);
    }

    public void Put(string key, string value) => Assert.Equal(CsFrame.Ok, Exchange(Frames.Put(key, value))[CsFrame.StatusOffset]);

    /// <summary>The value, or null.</summary>
    public string? Get(string key)
    {
        byte[] reply = Exchange(Frames.Get(key));
        return reply[CsFrame.StatusOffset] == CsFrame.Ok ? Encoding.UTF8.GetString(CsFrame.ReplyValue(reply)) : null;
    }

    /// <summary>Everything up to the end of the stream; a reset is an exception.</summary>
    public byte[] ReceiveToEnd()
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[65536];
        int count;
        while ((count = Socket.Receive(buffer)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Whether the other side has ended the connection, cleanly or not, within the time.</summary>
    public bool EndsWithin(int milliseconds = Patience.Milliseconds)
    {
        Socket.ReceiveTimeout = milliseconds;
        byte[] buffer = new byte[65536];
        try
        {
            while (Socket.Receive(buffer) > 0)
            {
            }

            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
        finally
        {
            Socket.ReceiveTimeout = Patience.Milliseconds;
        }
    }

    public void ShutdownSend() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }

    public void Dispose() => Socket.Dispose();
}
