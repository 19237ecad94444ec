using System;
using System.Text;

namespace Epollsrv.Protocol.Resp;

/// <summary>CONFIG.</summary>
internal static unsafe class ConfigCommands
{
    /// <summary>CONFIG GET pattern [pattern …].</summary>
    public static void Get(RespCall call)
    {
        // The word that matched it first, from 1; a name without pattern signs is shown as it was written.
        Span<int> matched = stackalloc int[(int)ConfigParameter.Count];
        matched.Clear();
        int count = 0;
        for (int i = 2; i < call.Count; i++)
        {
            bool isPattern = call.Arguments[i].Span.IndexOfAny("[*?"u8) >= 0;
            byte[] pattern = call.Arguments[i].Span.ToArray();
            for (int letter = 0; letter < pattern.Length; letter++)
            {
                pattern[letter] = pattern[letter] is >= (byte)'A' and <= (byte)'Z' ? (byte)(pattern[letter] | 0x20) : pattern[letter];
            }

            for (int parameter = 0; parameter < matched.Length; parameter++)
            {
                ReadOnlySpan<byte> name = ConfigNames.Of((ConfigParameter)parameter);
                if (matched[parameter] == 0 && (isPattern ? Matches(pattern, name) : name.SequenceEqual(pattern)))
                {
                    matched[parameter] = isPattern ? -1 : i;
                    count++;
                }
            }
        }

        call.ReplyMap(count);
        ReplyText value = new();
        for (int parameter = 0; parameter < matched.Length; parameter++)
        {
            if (matched[parameter] != 0)
            {
                value.Clear();
                ConfigReader.Add(call, (ConfigParameter)parameter, value);
                call.ReplyBulk(matched[parameter] < 0 ? ConfigNames.Of((ConfigParameter)parameter) : call.Arguments[matched[parameter]].Span);
                call.ReplyBulk(value.Written);
            }
        }
    }

    /// <summary>CONFIG SET parameter value [parameter value …]: all or none.</summary>
    public static void Set(RespCall call)
    {
        if (call.Count % 2 != 0)
        {
            call.ReplySyntaxError();
            return;
        }

        int pairs = (call.Count - 2) / 2;

        // Numbers rather than the enumeration: an array of an enumeration links the base library's formatting of all of them, 100 KB.
        int[] parameters = new int[pairs];
        if (!TryFind(call, parameters))
        {
            return;
        }

        ConfigChange change = new(call);
        for (int i = 0; i < pairs; i++)
        {
            string? complaint = change.Check((ConfigParameter)parameters[i], call.Arguments + 3 + (2 * i));
            if (complaint is not null)
            {
                ReplyFailure(call, ConfigNames.Of((ConfigParameter)parameters[i]), complaint);
                return;
            }
        }

        change.Apply();
        call.ReplyOk();
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    public static void ResetStat(RespCall call)
    {
        call.Services.Store.ResetCounters();
        call.Node.Statistics.Reset(call.Node, call.Turn.Server);
        call.ReplyOk();
    }

    /// <summary>CONFIG REWRITE: there is no file.</summary>
    public static void Rewrite(RespCall call) => call.ReplyError("ERR The server is running without a config file"u8);

    /// <summary>CONFIG HELP.</summary>
    public static void Help(RespCall call) => call.ReplyHelp(
        """
        CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        GET <pattern>
            Return parameters matching the glob-like <pattern> and their values.
        SET <directive> <value>
            Set the configuration <directive> to <value>.
        RESETSTAT
            Reset statistics reported by the INFO command.
        REWRITE
            Rewrite the configuration file.
        HELP
            Prints this help.
        """u8);

    private static bool Matches(byte[] pattern, ReadOnlySpan<byte> name)
    {
        fixed (byte* patternData = pattern)
        {
            fixed (byte* nameData = name)
            {
                return Glob.Matches(patternData, pattern.Length, nameData, name.Length);
            }
        }
    }

    // In the order of Redis: an unknown name first of all, then what may not be set, then what is named twice.
    private static bool TryFind(RespCall call, int[] parameters)
    {
        int wrong = -1;
        string? complaint = null;
        for (int i = 0; i < parameters.Length && wrong < 0; i++)
        {
            int found = ConfigNames.Find(call.Arguments + 2 + (2 * i));
            parameters[i] = found;
            bool isFixed = found >= (int)ConfigParameter.UnixSocket;
            if (found < 0 || isFixed || parameters.AsSpan(0, i).Contains(found))
            {
                wrong = i;
                complaint = found < 0 ? null : isFixed ? "can't set immutable config" : "duplicate parameter";
            }
        }

        if (wrong < 0)
        {
            return true;
        }

        ReadOnlySpan<byte> name = call.Arguments[2 + (2 * wrong)].Span;
        if (complaint is null)
        {
            call.ReplyErrorAbout("ERR Unknown option or number of arguments for CONFIG SET - '"u8, name, "'"u8);
        }
        else
        {
            ReplyFailure(call, name, complaint);
        }

        return false;
    }

    private static void ReplyFailure(RespCall call, ReadOnlySpan<byte> name, string complaint)
        => call.ReplyErrorAbout("ERR CONFIG SET failed (possibly related to argument '"u8, name, Encoding.ASCII.GetBytes("') - " + complaint));
}
