using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>Values of latency-tracking-info-percentiles, in millionths.</summary>
internal static unsafe class ConfigPercentiles
{
    private const int Most = 100;

    /// <summary>Writes percentiles.</summary>
    public static void Show(ReplyText text, long[] percentiles)
    {
        for (int i = 0; i < percentiles.Length; i++)
        {
            _ = text.Add(i == 0 ? default : " "u8);
            ConfigValues.AddPercentile(text, percentiles[i]);
        }
    }

    /// <summary>Reads percentiles.</summary>
    /// <returns>Null, or what is wrong in Redis's words.</returns>
    public static string? Check(Argument* value, out ConfigValue read)
    {
        read = default;
        long[] percentiles = [];
        int count = 0;
        ReadOnlySpan<byte> rest = value->Span;
        while ((rest = rest.TrimStart((byte)' ')).Length > 0)
        {
            int end = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? rest : rest[..end];
            if (!ConfigValues.TryReadMillionths(word, out long percentile))
            {
                return "Invalid latency-tracking-info-percentiles parameters";
            }

            if (percentile > 100_000_000)
            {
                return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
            }

            if (count == Most)
            {
                return "latency-tracking-info-percentiles takes at most 100 parameters";
            }

            if (count == percentiles.Length)
            {
                Array.Resize(ref percentiles, Math.Max(4, 2 * count));
            }

            percentiles[count++] = percentile;
            rest = rest[word.Length..];
        }

        Array.Resize(ref percentiles, count);
        read.Object = percentiles;
        return null;
    }
}
