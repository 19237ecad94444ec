using System;
using System.IO;
using System.Net.Sockets;

namespace Epollsrv.Tests.Differential;

/// <summary>A connection that sends bytes and receives replies, as raw bytes and whole. Knows RESP2 and RESP3.</summary>
internal sealed class RespStream : IDisposable
{
    private const int TimeoutMilliseconds = 30_000;

    private readonly Socket _socket;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    public RespStream(string path)
    {
        _socket = new Socket(
            AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = TimeoutMilliseconds,
            SendTimeout = TimeoutMilliseconds
        };
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends all of it.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    /// <summary>The next reply, complete. Valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadReply()
    {
        while (true)
        {
            int length = ReplyLength(_buffer.AsSpan(_start, _end - _start));
            if (length > 0)
            {
                _start += length;
                return _buffer.AsSpan(_start - length, length);
            }

            if (!Fill())
            {
                throw new EndOfStreamException("the connection was closed in place of a reply");
            }
        }
    }

    /// <summary>Everything up to the end of the stream; a reset ends it as well.</summary>
    public byte[] ReadToEnd()
    {
        while (Fill())
        {
        }

        return _buffer.AsSpan(_start, _end - _start).ToArray();
    }

    /// <summary>Whatever comes within this time.</summary>
    public byte[] ReadFor(int milliseconds)
    {
        while (_socket.Poll(milliseconds * 1000, SelectMode.SelectRead) && Fill())
        {
        }

        byte[] bytes = _buffer.AsSpan(_start, _end - _start).ToArray();
        _start = _end;
        return bytes;
    }

    /// <summary>No more is sent.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    /// <summary>Bytes of the reply at the beginning, its elements included; 0 when it is not complete.</summary>
    public static int ReplyLength(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        long pending = 1;
        while (pending > 0)
        {
            int line = bytes[position..].IndexOf((byte)'\n');
            if (line < 0)
            {
                return 0;
            }

            byte type = bytes[position];
            long number = ReadNumber(bytes.Slice(position + 1, Math.Max(0, line - 2)));
            position += line + 1;
            pending--;
            switch (type)
            {
                case (byte)'$' or (byte)'=' or (byte)'!':
                    if (number >= 0)
                    {
                        position = (int)Math.Min(int.MaxValue, position + number + 2);
                    }

                    break;
                case (byte)'*' or (byte)'~' or (byte)'>':
                    pending += Math.Max(0, number);
                    break;
                case (byte)'%':
                    pending += 2 * Math.Max(0, number);
                    break;
                case (byte)'+' or (byte)'-' or (byte)':' or (byte)'_' or (byte)'#' or (byte)',' or (byte)'(':
                    break;
                default:
                    throw new InvalidDataException("no reply begins with byte " + type);
            }

            if (position > bytes.Length || (pending > 0 && position == bytes.Length))
            {
                return 0;
            }
        }

        return position;
    }

    private static long ReadNumber(ReadOnlySpan<byte> digits)
    {
        long number = 0;
        bool negative = digits.Length > 0 && digits[0] == '-';
        for (int i = negative ? 1 : 0; i < digits.Length && char.IsAsciiDigit((char)digits[i]); i++)
        {
            number = (number * 10) + digits[i] - '0';
        }

        return negative ? -number : number;
    }

    private bool Fill()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_start > 0)
            {
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
                _end -= _start;
                _start = 0;
            }
            else
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        try
        {
            int count = _socket.Receive(_buffer.AsSpan(_end));
            _end += count;
            return count > 0;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return false;
        }
    }
}
