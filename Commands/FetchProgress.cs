using System;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>How far a download is, on standard error: a bar, or one line
/// a second for people or programs. One thread, one download.</summary>
internal sealed class FetchProgress
{
    /// <summary>The place of "none" in --progress's choices.</summary>
    public const int None = 4;

    private const int Bar = 1;
    private const int Plain = 2;
    private const int Json = 3;
    private const int BarWidth = 24;
    private const long Second = 1_000_000_000;

    // DECAWM off and on: on a narrow terminal the line is cut instead of scrolling it away.
    private const string NoWrap = "\r\u001b[?7l";
    private const string EndOfLine = "\u001b[K\u001b[?7h";

    private readonly int _way;
    private long _next;
    private long _last;
    private long _lastBytes;
    private double _rate;
    private bool _shown;

    /// <summary>Shows it this way.</summary>
    /// <param name="way">The place in auto|bar|plain|json|none.</param>
    public FetchProgress(int way)
    {
        _way = way != 0 ? way : Descriptor.IsTerminal(2) ? Bar : Plain;
        _last = Clock.Monotonic();
        _next = _last + (_way == Bar ? Second / 5 : Second);
    }

    /// <summary>A line about something that happened.</summary>
    public void Warn(string line)
    {
        Wipe();
        RingOptions.Warn(line);
    }

    /// <summary>Shows how far a download is, when it is time to.</summary>
    public void Show(Download download)
    {
        long now = Clock.Monotonic();
        if (now < _next || _way == None || download.Map is not { } map)
        {
            return;
        }

        long done = map.DoneBytes - download.ResumedBytes;
        double rate = (done - _lastBytes) * (double)Second / (now - _last);
        _rate = _rate == 0 ? rate : (0.6 * _rate) + (0.4 * rate);
        _lastBytes = done;
        _last = now;
        _next = now + (_way == Bar ? Second / 5 : Second);
        long left = _rate < 1 ? -1 : (long)((map.Identity.Size - map.DoneBytes) / _rate);
        ReadOnlySpan<long> numbers = [map.DoneBytes, map.Identity.Size, (long)_rate, left, download.ReadyPeers];
        string text;
        if (_way == Bar)
        {
            _shown = true;
            text = BarText(download, map, left);
        }
        else if (_way == Json)
        {
            text = Name(download.DisplayName)
                + Fill(",\"done\":%,\"bytes\":%,\"bytes_per_second\":%,\"seconds_left\":%,\"peers\":%}\n", numbers);
        }
        else
        {
            text = Fill("progress %/% bytes, % bytes/s, % s left, % peers, ", numbers) + download.DisplayName + "\n";
        }

        StandardOutput.WriteError(text);
    }

    /// <summary>Says how a download ended; what went wrong has been said.</summary>
    public void Conclude(Download download, bool isDone)
    {
        string name = download.DisplayName;
        if (_way == Json)
        {
            ReadOnlySpan<long> numbers =
            [
                download.Identity?.Size ?? 0, download.Map?.Count ?? 0, download.ReceivedPieces, download.ResumedPieces, download.Senders,
                (Clock.Monotonic() - download.Began) / 1_000_000,
            ];
            StandardOutput.WriteError(Name(name) + (isDone ? ",\"result\":\"done\"" : ",\"result\":\"failed\"")
                + Fill(",\"bytes\":%,\"pieces\":%,\"received\":%,\"resumed\":%,\"peers\":%,\"milliseconds\":%,\"sha256\":\"", numbers)
                + Convert.ToHexStringLower(download.WholeDigest ?? []) + "\"}\n");
        }
        else if (isDone)
        {
            int senders = download.Senders;
            string from = senders == 1 ? download.FirstSender!.Endpoint : senders == 0 ? "no peer, all was here,"
                : ValueText.FormatInteger(senders) + " peers";
            Conclude(name, download.Identity!.Size, from, download.Began);
        }
        else
        {
            Wipe();
        }
    }

    /// <summary>Says that a file is here.</summary>
    public void Conclude(string name, long bytes, string from, long began)
        => Warn(name + ": " + ValueText.FormatInteger(bytes) + " bytes from " + from + " in "
            + ValueText.FormatInteger((Clock.Monotonic() - began) / 1_000_000) + " ms");

    // The name has no control characters any more; these two are left.
    private static string Name(string name)
    {
        string escaped = "{\"name\":\"";
        foreach (char one in name)
        {
            escaped += (one is '"' or '\\' ? "\\" : string.Empty) + one.ToString();
        }

        return escaped + "\"";
    }

    // Each percent sign becomes the next number; what is not known (negative), null.
    private static string Fill(string template, ReadOnlySpan<long> numbers)
    {
        string text = string.Empty;
        int start = 0;
        foreach (long number in numbers)
        {
            int end = template.IndexOf('%', start);
            text += template[start..end] + (number < 0 ? "null" : ValueText.FormatInteger(number));
            start = end + 1;
        }

        return text + template[start..];
    }

    private string BarText(Download download, PieceMap map, long left)
    {
        double part = map.Identity.Size == 0 ? 1 : (double)map.DoneBytes / map.Identity.Size;
        int full = (int)(part * BarWidth);
        string name = download.DisplayName.Length > 20 ? download.DisplayName[..19] + "~" : download.DisplayName;
        string bar = "] " + ValueText.FormatInteger((long)(part * 100)) + " %, " + ValueText.FormatInteger((long)(_rate / (1 << 20)))
            + " MB/s, "
            + (left < 0 ? string.Empty : ValueText.FormatInteger(left) + " s left, ")
            + ValueText.FormatInteger(download.ReadyPeers) + (download.ReadyPeers == 1 ? " peer" : " peers");
        return NoWrap + name + " [" + "########################........................".Substring(BarWidth - full, BarWidth) + bar
            + EndOfLine;
    }

    private void Wipe()
    {
        if (_shown)
        {
            StandardOutput.WriteError("\r\u001b[K");
            _shown = false;
        }
    }
}
