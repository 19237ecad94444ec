using System;
using System.Text;

using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary>
/// The console's standard input: answers separated by white space, as the C program reads them; an answer that begins a line of its own may be asked for
/// whole, so that file names may have spaces. Ends at the end of input or when the node stops. One thread.
/// </summary>
internal sealed unsafe class ConsoleInput
{
    private readonly int _stop;
    private readonly byte[] _buffer = new byte[4096];
    private int _next;
    private int _end;
    private bool _ended;
    private bool _lineBegun;

    /// <summary>Reads from standard input.</summary>
    /// <param name="stop">A descriptor that becomes readable when the node stops.</param>
    public ConsoleInput(int stop) => _stop = stop;

    /// <summary>The next word; null at the end.</summary>
    public string? Word() => Read(wholeLine: false);

    /// <summary>The next line when the current one has no words left, else the next word; null at the end.</summary>
    public string? Name() => Read(wholeLine: true);

    private string? Read(bool wholeLine)
    {
        byte[] text = new byte[_buffer.Length];
        int length = 0;
        bool line = false;
        int next;
        while ((next = Peek()) >= 0)
        {
            bool space = next is ' ' or (>= 9 and <= 13);
            if (length == 0 && space)
            {
                _lineBegun &= next != '\n';
                _next++;
                continue;
            }

            if (length == 0)
            {
                line = wholeLine && !_lineBegun;
                _lineBegun = true;
            }

            if (next == '\n' || (space && !line) || length == text.Length)
            {
                break;
            }

            text[length++] = (byte)next;
            _next++;
        }

        return length == 0 ? null : Encoding.UTF8.GetString(text, 0, length).TrimEnd();
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
