using System;
using System.Text;

namespace Epollsrv.Native;

/// <summary>Text to standard output and standard error without System.Console (which costs start-up time and memory).</summary>
internal static unsafe class StandardOutput
{
    /// <summary>Writes to standard output.</summary>
    public static void Write(string text) => Write(1, text);

    /// <summary>Writes to standard error.</summary>
    public static void WriteError(string text) => Write(2, text);

    /// <summary>Writes all of the bytes, waiting for a slow reader; gives up when nobody reads any more.</summary>
    public static bool Write(int descriptor, ReadOnlySpan<byte> bytes) => WriteAll(descriptor, bytes) == 0;

    /// <summary>The same.</summary>
    /// <returns>0 or −errno.</returns>
    public static int WriteAll(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                nint count = Descriptor.Write(descriptor, start + done, bytes.Length - done);
                if (count == -Errno.Again)
                {
                    _ = Descriptor.Poll(descriptor, PollEntry.Out, -1);
                    continue;
                }

                if (count < 0)
                {
                    return (int)count;
                }

                done += (int)count;
            }
        }

        return 0;
    }

    private static void Write(int descriptor, string text)
    {
        // One write per line of text, so that lines of several threads do not mix.
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        _ = Write(descriptor, bytes);
    }
}
