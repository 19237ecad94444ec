using System.Text;

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
        StringBuilder text = new();
        switch (_way)
        {
            case Bar:
                _shown = true;
                AppendBar(text, download, map, left);
                break;
            case Json:
                _ = Begin(text, download.DisplayName).Append(",\"done\":").Append(map.DoneBytes).Append(",\"bytes\":").Append(map.Identity.Size)
                    .Append(",\"bytes_per_second\":").Append((long)_rate).Append(",\"seconds_left\":").Append(left < 0 ? "null" : ValueText.FormatInteger(left))
                    .Append(",\"peers\":").Append(download.ReadyPeers).Append("}\n");
                break;
            default:
                _ = text.Append("progress ").Append(map.DoneBytes).Append('/').Append(map.Identity.Size).Append(" bytes, ").Append((long)_rate)
                    .Append(" bytes/s, ").Append(left < 0 ? "-" : ValueText.FormatInteger(left)).Append(" s left, ").Append(download.ReadyPeers).Append(" peers, ")
                    .Append(download.DisplayName).Append('\n');
                break;
        }

        StandardOutput.WriteError(text.ToString());
    }

    /// <summary>Says how a download ended; what went wrong has been said.</summary>
    public void Conclude(Download download, bool isDone)
    {
        string name = download.DisplayName;
        if (_way == Json)
        {
            StringBuilder text = new();
            _ = Begin(text, name).Append(",\"result\":\"").Append(isDone ? "done" : "failed").Append("\",\"bytes\":").Append(download.Identity?.Size ?? 0)
                .Append(",\"pieces\":").Append(download.Map?.Count ?? 0).Append(",\"received\":").Append(download.ReceivedPieces)
                .Append(",\"resumed\":").Append(download.ResumedPieces).Append(",\"peers\":").Append(download.Senders)
                .Append(",\"milliseconds\":").Append((Clock.Monotonic() - download.Began) / 1_000_000);
            if (download.WholeDigest is { } digest)
            {
                _ = text.Append(",\"sha256\":\"");
                foreach (byte one in digest)
                {
                    _ = text.Append("0123456789abcdef"[one >> 4]).Append("0123456789abcdef"[one & 15]);
                }

                _ = text.Append('"');
            }

            StandardOutput.WriteError(text.Append("}\n").ToString());
        }
        else if (isDone)
        {
            string from = download.Senders == 1 ? download.FirstSender!.Endpoint : ValueText.FormatInteger(download.Senders) + " peers";
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
    private static StringBuilder Begin(StringBuilder text, string name)
        => text.Append("{\"name\":\"").Append(name.Replace("\\", "\\\\").Replace("\"", "\\\"")).Append('"');

    private void AppendBar(StringBuilder text, Download download, PieceMap map, long left)
    {
        double part = map.Identity.Size == 0 ? 1 : (double)map.DoneBytes / map.Identity.Size;
        int full = (int)(part * BarWidth);
        string name = download.DisplayName.Length > 20 ? download.DisplayName[..19] + "~" : download.DisplayName;
        _ = text.Append('\r').Append(name).Append(" [").Append('#', full).Append('.', BarWidth - full).Append("] ").Append((int)(part * 100)).Append("% ")
            .Append((long)(_rate / (1 << 20))).Append(" MB/s ");
        _ = left < 0 ? text.Append("-:--") : text.Append(left / 60).Append(':').Append((char)('0' + (left % 60 / 10))).Append((char)('0' + (left % 10)));
        _ = text.Append(' ').Append(download.ReadyPeers).Append(" peers\u001b[K");
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
