using System;
using System.Text;

namespace Epollsrv.Protocol.Resp;

/// <summary>CONFIG.</summary>
internal static unsafe class ConfigCommands
{
    private const int ManyWords = 64;

    /// <summary>CONFIG GET pattern [pattern …].</summary>
    public static void Get(CommandContext call)
    {
        // Each word costs a comparison with every name.
        if (call.Count > ManyWords && call.DeferLong())
        {
            return;
        }

        // The word that matched it first, from 1; a name without pattern signs is shown as it was written.
        ConfigTable table = call.Resp.Config!;
        int[] matched = new int[table.Count];
        int count = 0;
        for (int i = 2; i < call.Count; i++)
        {
            bool isPattern = call.Arguments[i].Span.IndexOfAny("[*?"u8) >= 0;
            if (Glob.IsTooLong(call.Arguments[i].Span))
            {
                call.ReplyPatternTooLong();
                return;
            }

            ReplyBuffer pattern = default;
            foreach (byte letter in call.Arguments[i].Span)
            {
                pattern.Add(letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter);
            }

            for (int parameter = 0; parameter < matched.Length; parameter++)
            {
                ReadOnlySpan<byte> name = table.NameOf(parameter);
                if (matched[parameter] == 0 && !name.IsEmpty
                    && (isPattern ? Matches(pattern.Span, name) : name.SequenceEqual(pattern.Span)))
                {
                    matched[parameter] = isPattern ? -1 : i;
                    count++;
                }
            }

            pattern.Free();
        }

        call.Reply.Map(count);
        ReplyText value = new();
        for (int parameter = 0; parameter < matched.Length; parameter++)
        {
            if (matched[parameter] != 0)
            {
                value.Clear();
                table.Show(parameter, value);
                call.Reply.Bulk(matched[parameter] < 0 ? table.NameOf(parameter) : call.Arguments[matched[parameter]].Span);
                call.Reply.Bulk(value.Written);
            }
        }
    }

    /// <summary>CONFIG SET parameter value [parameter value …]: all or none.</summary>
    public static void Set(CommandContext call)
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

        ConfigTable table = call.Resp.Config!;
        ConfigValue[] values = new ConfigValue[pairs];
        for (int i = 0; i < pairs; i++)
        {
            string? complaint = table.Check(parameters[i], call.Arguments + 3 + (2 * i), out values[i]);
            if (complaint is not null)
            {
                ReplyFailure(call, table.NameOf(parameters[i]), complaint);
                return;
            }
        }

        // There is one parameter that can fail here, so that nothing has to be taken back.
        for (int i = 0; i < pairs; i++)
        {
            if (table.TakesLong(parameters[i]) && call.DeferLong())
            {
                return;
            }

            if (table.Try(parameters[i], values[i], call.Access.InTransaction) is { } failure)
            {
                ReplyFailure(call, table.NameOf(parameters[i]), failure);
                return;
            }
        }

        for (int i = 0; i < pairs; i++)
        {
            table.Apply(parameters[i], values[i]);
        }

        call.Resp.ConfigChanges.Write(call, table, parameters);
        call.Common.MemoryChanged(call.Thread.Server);

        // Time-outs are the loop's business from now on.
        call.Thread.Server.EnsureTick();
        call.Reply.Ok();
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    public static void ResetStat(CommandContext call)
    {
        call.Common.Store.ResetCounters();
        call.Resp.Statistics.Reset(call.Resp, call.Thread.Server);
        call.Reply.Ok();
    }

    /// <summary>CONFIG REWRITE: into the data directory.</summary>
    public static void Rewrite(CommandContext call)
    {
        if (call.Common.Persistence is not { } persistence)
        {
            call.ReplyError("ERR The server is running without a config file"u8);
        }
        else if (call.Access.InTransaction)
        {
            // Nobody is to wait for the disk because of it.
            call.RewritesConfig = true;
            call.Reply.Ok();
        }
        else if (call.DeferLong())
        {
            // On a worker it is run again.
        }
        else if (persistence.RewriteConfig() is { } error)
        {
            call.ReplyErrorAbout("ERR Rewriting config file: "u8, Encoding.UTF8.GetBytes(error), default);
        }
        else
        {
            call.Reply.Ok();
        }
    }

    /// <summary>CONFIG RELOAD: reads the files of settings again.</summary>
    public static void Reload(CommandContext call)
    {
        if (call.DeferLong())
        {
            // On a worker it is run again.
        }
        else if (call.Common.Reload(call.Thread.Server) is { } error)
        {
            call.ReplyErrorAbout("ERR Reloading: "u8, Encoding.UTF8.GetBytes(error), "; nothing was changed"u8);
        }
        else
        {
            call.Reply.Ok();
        }
    }

    /// <summary>EXEC has given its partitions back: does what waited for that.</summary>
    public static void RewriteLater(CommandContext call)
    {
        if (call.RewritesConfig)
        {
            call.RewritesConfig = false;
            if (call.Common.Persistence!.RewriteConfig() is { } error)
            {
                call.Thread.Server.Log(3, "CONFIG REWRITE has failed: " + error);
            }
        }
    }

    /// <summary>CONFIG HELP.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        GET <pattern>
            Return parameters matching the glob-like <pattern> and their values.
        SET <directive> <value>
            Set the configuration <directive> to <value>.
        RELOAD
            Read the files of settings again.
        RESETSTAT
            Reset statistics reported by the INFO command.
        REWRITE
            Rewrite the configuration file.
        HELP
            Prints this help.
        """u8);

    private static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
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
    private static bool TryFind(CommandContext call, int[] parameters)
    {
        int wrong = -1;
        string? complaint = null;
        for (int i = 0; i < parameters.Length && wrong < 0; i++)
        {
            int found = call.Resp.Config!.Find(call.Arguments + 2 + (2 * i));
            parameters[i] = found;
            bool isFixed = found >= 0 && call.Resp.Config!.IsFixed(found);
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

    private static void ReplyFailure(CommandContext call, ReadOnlySpan<byte> name, string complaint)
        => call.ReplyErrorAbout(
            "ERR CONFIG SET failed (possibly related to argument '"u8, name, Encoding.ASCII.GetBytes("') - " + complaint));
}
