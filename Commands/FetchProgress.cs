using Epollsrv.Native;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>How far a download is, on standard error: a bar, or one line a second for people or programs. One thread, one download.</summary>
internal sealed class FetchProgress
{
    /// <summary>The place of "none" in --progress's choices.</summary>
    public const int None = 4;

    private const int Bar = 1;
    private const int Plain = 2;
    private const int Json = 3;
    private const int BarWidth = 24;
    private const long Second = 1_000_000_000;

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
        string text;
        if (_way == Bar)
        {
            _shown = true;
            text = BarText(download, map, left);
        }
        else if (_way == Json)
        {
            text = Begin(download.DisplayName) + Member("done", map.DoneBytes) + Member("bytes", map.Identity.Size) + Member("bytes_per_second", (long)_rate)
                + Member("seconds_left", left) + Member("peers", download.ReadyPeers) + "}\n";
        }
        else
        {
            text = "progress " + Text(map.DoneBytes) + "/" + Text(map.Identity.Size) + " bytes, " + Text((long)_rate) + " bytes/s, "
                + (left < 0 ? "?" : Text(left)) + " s left, " + Text(download.ReadyPeers) + " peers, " + download.DisplayName + "\n";
        }

        StandardOutput.WriteError(text);
    }

    /// <summary>Says how a download ended; what went wrong has been said.</summary>
    public void Conclude(Download download, bool isDone)
    {
        string name = download.DisplayName;
        if (_way == Json)
        {
            string digest = download.WholeDigest is { } whole ? ",\"sha256\":\"" + FileIdentity.Hex(whole) + "\"" : string.Empty;
            StandardOutput.WriteError(Begin(name) + ",\"result\":\"" + (isDone ? "done" : "failed") + "\"" + Member("bytes", download.Identity?.Size ?? 0)
                + Member("pieces", download.Map?.Count ?? 0) + Member("received", download.ReceivedPieces) + Member("resumed", download.ResumedPieces)
                + Member("peers", download.Senders) + Member("milliseconds", (Clock.Monotonic() - download.Began) / 1_000_000) + digest + "}\n");
        }
        else if (isDone)
        {
            int senders = download.Senders;
            string from = senders == 1 ? download.FirstSender!.Endpoint : senders == 0 ? "no peer, all was here," : Text(senders) + " peers";
            Conclude(name, download.Identity!.Size, from, download.Began);
        }
        else
        {
            Wipe();
        }
    }

    /// <summary>Says that a file is here.</summary>
    public void Conclude(string name, long bytes, string from, long began)
        => Warn(name + ": " + ValueText.FormatInteger(bytes) + " bytes from " + from + " in " + ValueText.FormatInteger((Clock.Monotonic() - began) / 1_000_000) + " ms");

    // The name has no control characters any more; these two are left.
    private static string Begin(string name)
    {
        string escaped = string.Empty;
        foreach (char one in name)
        {
            escaped += one is '"' or '\\' ? "\\" + one.ToString() : one.ToString();
        }

        return "{\"name\":\"" + escaped + "\"";
    }

    private static string Member(string name, long value) => ",\"" + name + "\":" + (value < 0 ? "null" : Text(value));

    private static string Text(long value) => ValueText.FormatInteger(value);

    private string BarText(Download download, PieceMap map, long left)
    {
        double part = map.Identity.Size == 0 ? 1 : (double)map.DoneBytes / map.Identity.Size;
        int full = (int)(part * BarWidth);
        string name = download.DisplayName.Length > 20 ? download.DisplayName[..19] + "~" : download.DisplayName;
        string time = left < 0 ? "-:--" : Text(left / 60) + (left % 60 < 10 ? ":0" : ":") + Text(left % 60);
        return "\r" + name + " [" + new string('#', full) + new string('.', BarWidth - full) + "] " + Text((long)(part * 100)) + "% "
            + Text((long)(_rate / (1 << 20))) + " MB/s " + time + " " + Text(download.ReadyPeers) + " peers\u001b[K";
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
