using System;

namespace Epollsrv.Protocol.Resp;

/// <content>client-output-buffer-limit.</content>
internal sealed unsafe partial class ConfigChange
{
    private long[]? _subscriberLimits;
    private long[]? _replicaLimits;

    // "class hard soft seconds" for one or more classes. Subscribers have both limits; there are no replicas, whose limits are only remembered;
    // other clients are not read while their output is full (--max-output), and have no limit beyond that.
    private string? OutputLimits(Argument* value)
    {
        ReadOnlySpan<byte> rest = value->Span;
        int words = CommandDetails.CountWords(rest);
        if (words % 4 != 0)
        {
            return "Wrong number of arguments in buffer limit configuration.";
        }

        Span<long> numbers = stackalloc long[3];
        for (int i = 0; i < words; i += 4)
        {
            ReadOnlySpan<byte> name = CommandDetails.NextWord(ref rest);
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
                _subscriberLimits = numbers.ToArray();
            }
            else if (!isNormal)
            {
                _replicaLimits = numbers.ToArray();
            }
        }

        return null;
    }

    private static bool ReadLimits(ref ReadOnlySpan<byte> rest, scoped Span<long> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            ReadOnlySpan<byte> word = CommandDetails.NextWord(ref rest);
            fixed (byte* data = word)
            {
                Argument number = new() { Data = data, Length = word.Length };
                bool isRead = i == 2 ? Numbers.TryParse(data, word.Length, out numbers[i]) : ConfigValues.TryReadMemory(&number, out numbers[i]);
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

    private void ApplyOutputLimits()
    {
        NodeServices services = _call.Services;
        if (_subscriberLimits is { } limits)
        {
            // 0 is no limit.
            services.MaxSubscriberOutput = limits[0] == 0 ? long.MaxValue : limits[0];
            services.SoftOutputSeconds = limits[2];
            services.SoftSubscriberOutput = limits[1];
        }

        if (_replicaLimits is not null)
        {
            _call.Node.ReplicaOutputLimits = _replicaLimits;
        }
    }
}
