using System;

using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary>The console's standard input: words separated by white space, as the C program
/// reads them. Ends at the end of input or when the node stops. One thread.</summary>
internal sealed unsafe class ConsoleInput
{
    private readonly int _stop;
    private readonly byte[] _buffer = new byte[4096];
    private int _next;
    private int _end;
    private bool _ended;

    /// <summary>Reads from standard input.</summary>
    /// <param name="stop">A descriptor that becomes readable when the node stops.</param>
    public ConsoleInput(int stop) => _stop = stop;

    /// <summary>The next word; null at the end.</summary>
    public string? Word()
    {
        byte[] text = new byte[_buffer.Length];
        int length = 0;
        int next;
        while ((next = Peek()) >= 0)
        {
            bool space = next is ' ' or (>= 9 and <= 13);
            if ((space && length > 0) || length == text.Length)
            {
                break;
            }

            if (!space)
            {
                text[length++] = (byte)next;
            }

            _next++;
        }

        return length == 0 ? null : ByteText.Decode(text.AsSpan(0, length));
    }

    private int Peek()
    {
        if (_next < _end)
        {
            return _buffer[_next];
        }

        PollEntry* entries = stackalloc PollEntry[2];
        while (!_ended)
        {
            entries[0] = new PollEntry { Descriptor = 0, Events = PollEntry.In };
            entries[1] = new PollEntry { Descriptor = _stop, Events = PollEntry.In };
            if (Descriptor.Poll(entries, 2, -1) == 0)
            {
                continue;
            }

            nint count = 0;
            fixed (byte* start = _buffer)
            {
                count = entries[1].Returned == 0 ? Descriptor.Read(0, start, _buffer.Length) : 0;
            }

            if (count == -Errno.Again)
            {
                continue;
            }

            _ended = count <= 0;
            _next = 0;
            _end = (int)Math.Max(0, count);
            if (!_ended)
            {
                return _buffer[0];
            }
        }

        return -1;
    }
}
