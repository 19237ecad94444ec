using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Tests.Fuzz;

/// <summary>
/// A CS server as docs/PROTOCOL.md describes it: slow, plain, and without a line of the real one. Keys that begin with 'j'
/// after their first byte hold any bytes, all others lists of holders joined by one space, which is what its fuzz test sends.
/// </summary>
internal sealed class CsModel
{
    private readonly Dictionary<string, List<string>> _values = [];

    /// <summary>Whether a key holds bytes that are no list.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> key) => key.Length > 1 && key[1] == (byte)'j';

    /// <summary>The reply to a PUT, GET or DEL.</summary>
    public byte[] Answer(byte[] request)
    {
        int keyLength = request[4];
        string key = Encoding.Latin1.GetString(request, 5, keyLength);
        string value = Encoding.Latin1.GetString(request, 6 + keyLength, request[5 + keyLength]);
        bool plain = IsPlain(request.AsSpan(5, keyLength));
        bool known = _values.TryGetValue(key, out List<string>? entries);
        bool done = true;
        switch (request[2])
        {
            case 1:
                int flags = request[1499];
                if (!known || flags == 1)
                {
                    _values[key] = plain ? [value] : Split(value);
                }
                else if (flags == 0)
                {
                    entries!.AddRange(plain ? [value]
                        : Split(value).Where(entry => !entries.Any(other => other.TrimEnd() == entry.TrimEnd())));
                }

                break;
            case 2:
                return Get(request, keyLength, known ? entries : null, plain);
            case 3 when value.Length == 0:
                done = _values.Remove(key);
                break;
            default:
                List<string> gone = Split(value);
                done = known && entries!.RemoveAll(entry => gone.Any(other => other.TrimEnd() == entry.TrimEnd())) > 0;
                if (known && entries!.Count == 0)
                {
                    _ = _values.Remove(key);
                }

                break;
        }

        byte[] reply = (byte[])request.Clone();
        reply[3] = (byte)(done ? 5 : 4);
        return reply;
    }

    private static byte[] Get(byte[] request, int keyLength, List<string>? entries, bool plain)
    {
        byte[] reply = (byte[])request.Clone();
        reply[3] = 4;
        if (entries is null)
        {
            return reply;
        }

        int capacity = CsFrame.Size - keyLength - 7;
        string all = string.Join(' ', entries);
        string shown = all;
        if (all.Length > capacity)
        {
            shown = string.Empty;
            for (int i = 1; !plain && i <= entries.Count; i++)
            {
                // As many whole holders as fit, the newline behind the last when there is room for it.
                string part = string.Join(' ', entries.Take(i));
                shown = part.Length <= capacity ? part : part.TrimEnd().Length <= capacity ? part.TrimEnd() : shown;
            }
        }

        bool fits = all.Length <= capacity || shown.Length > 0;
        reply[3] = (byte)(fits ? 5 : 4);
        reply[5 + keyLength] = (byte)(fits ? Math.Min(shown.Length, 255) : 255);
        Array.Clear(reply, 6 + keyLength, CsFrame.Size - 6 - keyLength);
        Encoding.Latin1.GetBytes(shown).CopyTo(reply, 6 + keyLength);
        return reply;
    }

    // "HOST PORT" or "HOST PORT\n", one after another with one space between.
    private static List<string> Split(string value)
    {
        List<string> entries = [];
        string[] words = value.Split(' ');
        for (int i = 0; i + 1 < words.Length; i += 2)
        {
            string entry = words[i] + " " + words[i + 1];
            if (!entries.Any(other => other.TrimEnd() == entry.TrimEnd()))
            {
                entries.Add(entry);
            }
        }

        return entries;
    }
}
