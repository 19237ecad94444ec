using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>The options of RESTORE.</summary>
internal unsafe struct RestoreOptions
{
    private long _idleSeconds;
    private long _frequency;

    /// <summary>REPLACE.</summary>
    public bool Replace { get; private set; }

    /// <summary>ABSTTL: the time is a Unix time.</summary>
    public bool Absolute { get; private set; }

    /// <summary>Reads them; false: the error is written.</summary>
    public static bool TryRead(CommandContext call, out RestoreOptions options)
    {
        options = new RestoreOptions { _idleSeconds = -1, _frequency = -1 };
        for (int i = 4; i < call.Count; i++)
        {
            Argument* option = call.Arguments + i;
            bool more = i + 1 < call.Count;
            if (option->Is("replace"u8))
            {
                options.Replace = true;
            }
            else if (option->Is("absttl"u8))
            {
                options.Absolute = true;
            }
            else if (more && options._frequency == -1 && option->Is("idletime"u8))
            {
                if (!TryReadUse(call, ++i, long.MaxValue, out options._idleSeconds))
                {
                    return false;
                }
            }
            else if (more && options._idleSeconds == -1 && option->Is("freq"u8))
            {
                if (!TryReadUse(call, ++i, byte.MaxValue, out options._frequency))
                {
                    return false;
                }
            }
            else
            {
                call.ReplySyntaxError();
                return false;
            }
        }

        return true;
    }

    /// <summary>Makes the entry look as used as they say.</summary>
    public readonly void Apply(CommandContext call, Entry* entry)
    {
        if (entry == null)
        {
            return;
        }

        bool counted = call.Access.Store.CountsUses;
        if (_frequency >= 0 && counted)
        {
            entry->SetFrequency((int)_frequency, call.Access.Now);
        }
        else if (_idleSeconds >= 0 && !counted)
        {
            entry->SetIdle(unchecked(_idleSeconds * 1000), call.Access.Now);
        }
    }

    private static bool TryReadUse(CommandContext call, int argument, long largest, out long value)
    {
        if (!call.TryReadInteger(argument, out value))
        {
            return false;
        }

        if (value < 0 || value > largest)
        {
            call.ReplyError(largest == byte.MaxValue
                ? "ERR Invalid FREQ value, must be >= 0 and <= 255"u8
                : "ERR Invalid IDLETIME value, must be >= 0"u8);
            return false;
        }

        return true;
    }
}
