using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>A value of client-output-buffer-limit: "class hard soft seconds" for one or more classes.</summary>
internal sealed unsafe class ConfigOutputLimits
{
    private long[]? _subscribers;
    private long[]? _replicas;

    /// <summary>Writes the present limits.</summary>
    public static void Show(ReplyText text, RespOptions options)
    {
        long hard = options.MaxSubscriberOutput;
        long[] replicas = options.ReplicaOutputLimits;
        _ = text.Add("normal 0 0 0 slave "u8).Add(replicas[0]).Add(" "u8).Add(replicas[1]).Add(" "u8).Add(replicas[2])
            .Add(" pubsub "u8).Add(hard == long.MaxValue ? 0 : hard)
            .Add(" "u8).Add(options.SoftSubscriberOutput).Add(" "u8).Add(options.SoftOutputSeconds);
    }

    /// <summary>Reads limits. Subscribers and replicas have both; other clients are not read while their output is full (--max-output),
    /// and have no limit beyond that.</summary>
    /// <returns>Null, or what is wrong in Redis's words.</returns>
    public static string? Check(Argument* value, out ConfigValue read)
    {
        ConfigOutputLimits limits = new();
        read = new ConfigValue { Object = limits };
        ReadOnlySpan<byte> rest = value->Span;
        int words = Words.Count(rest);
        if (words % 4 != 0)
        {
            return "Wrong number of arguments in buffer limit configuration.";
        }

        Span<long> numbers = stackalloc long[3];
        for (int i = 0; i < words; i += 4)
        {
            ReadOnlySpan<byte> name = Words.TakeFirst(ref rest);
            bool isSubscriber = IsWord(name, "pubsub"u8);
            bool isNormal = IsWord(name, "normal"u8);
            if (!isSubscriber && !isNormal && !IsWord(name, "slave"u8) && !IsWord(name, "replica"u8))
            {
                return "Invalid client class specified in buffer limit configuration.";
            }

            if (!ReadLimits(ref rest, numbers))
            {
                return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
            }

            if (isNormal && numbers.IndexOfAnyExcept(0) >= 0)
            {
                return "normal clients are limited by --max-output here: they are not read while their output is full, and not closed";
            }

            if (isSubscriber)
            {
                limits._subscribers = numbers.ToArray();
            }
            else if (!isNormal)
            {
                limits._replicas = numbers.ToArray();
            }
        }

        return null;
    }

    /// <summary>Makes these the present limits.</summary>
    public void Apply(RespOptions options)
    {
        if (_subscribers is { } limits)
        {
            // 0 is no limit.
            options.MaxSubscriberOutput = limits[0] == 0 ? long.MaxValue : limits[0];
            options.SoftOutputSeconds = limits[2];
            options.SoftSubscriberOutput = limits[1];
        }

        if (_replicas is not null)
        {
            options.ReplicaOutputLimits = _replicas;
        }
    }

    private static bool ReadLimits(ref ReadOnlySpan<byte> rest, scoped Span<long> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            ReadOnlySpan<byte> word = Words.TakeFirst(ref rest);
            fixed (byte* data = word)
            {
                Argument number = new() { Data = data, Length = word.Length };
                bool isRead = i == 2 ? Numbers.TryParse(data, word.Length, out numbers[i])
                    : ConfigValues.ReadMemory(&number, 0, long.MaxValue, out numbers[i]) is null;
                if (!isRead || numbers[i] < 0)
                {
                    return false;
                }
            }
        }

        return numbers[2] <= int.MaxValue;
    }

    private static bool IsWord(ReadOnlySpan<byte> given, ReadOnlySpan<byte> word)
    {
        fixed (byte* data = given)
        {
            Argument argument = new() { Data = data, Length = given.Length };
            return argument.Is(word);
        }
    }
}
