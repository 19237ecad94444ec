using System;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>Writes metrics in the Prometheus text format 0.0.4. Names are given without their prefix, "epollsrv_".</summary>
internal readonly struct MetricsWriter(ByteBuilder body)
{
    public ByteBuilder Body { get; } = body;

    /// <summary>Begins a family of metrics with its help and type.</summary>
    public void Family(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> help)
        => Describe("epollsrv_"u8, name, type, help);

    /// <summary>Begins a family whose name has another prefix.</summary>
    public void Describe(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> help)
    {
        Body.Add("# HELP "u8);
        Body.Add(prefix);
        Body.Add(name);
        Body.Add((byte)' ');
        Body.Add(help);
        Body.Add("\n# TYPE "u8);
        Body.Add(prefix);
        Body.Add(name);
        Body.Add((byte)' ');
        Body.Add(type);
        Body.Add((byte)'\n');
    }

    public void Counter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, long value) => Write(name, "counter"u8, help, value);

    public void Gauge(ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, long value) => Write(name, "gauge"u8, help, value);

    /// <summary>Writes one sample with one label.</summary>
    public void Sample(ReadOnlySpan<byte> name, ReadOnlySpan<byte> label, ReadOnlySpan<byte> labelValue, long value)
    {
        Begin(name, label, labelValue);
        End(value);
    }

    /// <summary>Begins a sample up to the value of its first label, to which the caller may add.</summary>
    public void Begin(ReadOnlySpan<byte> name, ReadOnlySpan<byte> label, ReadOnlySpan<byte> value)
    {
        Body.Add("epollsrv_"u8);
        Body.Add(name);
        Body.Add((byte)'{');
        Body.Add(label);
        Body.Add("=\""u8);
        Body.Add(value);
    }

    /// <summary>Adds a further label, to whose value the caller may add.</summary>
    public void Label(ReadOnlySpan<byte> label, ReadOnlySpan<byte> value)
    {
        Body.Add("\","u8);
        Body.Add(label);
        Body.Add("=\""u8);
        Body.Add(value);
    }

    /// <summary>Ends the labels and adds the value.</summary>
    public void End(long value)
    {
        Body.Add("\"} "u8);
        Body.Add(value);
        Body.Add((byte)'\n');
    }

    /// <summary>Ends the labels and adds nanoseconds as seconds.</summary>
    public void EndSeconds(long nanoseconds)
    {
        Body.Add("\"} "u8);
        Body.AddSeconds(nanoseconds);
        Body.Add((byte)'\n');
    }

    private void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> help, long value)
    {
        Family(name, type, help);
        Body.Add("epollsrv_"u8);
        Body.Add(name);
        Body.Add((byte)' ');
        Body.Add(value);
        Body.Add((byte)'\n');
    }
}
