using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// The file epollsrv.conf of a data directory: the parameters that CONFIG SET has changed, as CONFIG REWRITE writes them. One
/// "name value" a line, quoted as in a redis.conf. One thread at a time.
/// </summary>
internal static unsafe class ConfigFile
{
    /// <summary>Its name.</summary>
    public const string Name = "epollsrv.conf";

    /// <summary>Writes it.</summary>
    /// <returns>0 or −errno.</returns>
    public static int Write(Disk disk, string folder, ConfigTable table)
    {
        ReplyText text = new();
        _ = text.Add("# Parameters that CONFIG SET has changed, written by CONFIG REWRITE. Options and the file of --config take precedence.\n"u8);
        ReplyText value = new();
        ReplyBuffer quoted = default;
        for (int number = 0; number < table.Count; number++)
        {
            if (!table.IsChanged(number))
            {
                continue;
            }

            value.Clear();
            table.Show(number, value);
            quoted.Clear();
            fixed (byte* data = value.Written)
            {
                quoted.AddQuoted(data, value.Written.Length);
            }

            _ = text.Add(table.NameOf(number)).Add(" "u8).Add(quoted.Span).Add("\n"u8);
        }

        quoted.Free();
        return WholeFile.Replace(disk, folder, Name, text.Written);
    }

    /// <summary>Applies what it holds. Before the node's threads start.</summary>
    /// <returns>Null, or what is wrong and what to do, for people.</returns>
    public static string? Read(string folder, ConfigTable table, Settings settings)
    {
        string? error = ConfigLines.Read(
            folder + "/" + Name,
            (place, words) => words.Length != 2 ? "is not a name and a value, quoted when there are spaces in it"
                : Find(table, words[0]) is var number && number < 0 ? "there is no such parameter"
                : IsGiven(table, settings, place, number) ? null
                : Apply(table, settings, place, number, words[1]),
            out int result);
        return error is null || result == -Errno.NoEntry ? null : result < 0 ? error : error + ". Correct the line or remove it";
    }

    /// <summary>The number of the parameter with a name, or −1.</summary>
    public static int Find(ConfigTable table, string name)
    {
        byte[] bytes = ByteText.Encode(name);
        fixed (byte* data = bytes)
        {
            Argument argument = new() { Data = data, Length = bytes.Length };
            return table.Find(&argument);
        }
    }

    /// <summary>Applies a parameter, unless the option is given that it is. Before the node's threads start.</summary>
    /// <param name="table">The parameters.</param>
    /// <param name="settings">Know which options are given.</param>
    /// <param name="place">Where it stands, for people.</param>
    /// <param name="number">The parameter's.</param>
    /// <param name="value">The value.</param>
    /// <returns>Null, or what is wrong, for people.</returns>
    public static string? Apply(ConfigTable table, Settings settings, string place, int number, string value)
    {
        if (table.IsFixed(number))
        {
            return "cannot be set";
        }

        if (table.OptionOf(number) is { } option && settings.Gives(option))
        {
            Log.Warning(place + ": " + ByteText.Decode(table.NameOf(number)) + " is ignored: --" + option + " is given");
            return null;
        }

        string before = Show(table, number);
        string? complaint = Check(table, number, value, out ConfigValue read);
        if (complaint is null)
        {
            table.ApplyAtStart(number, read);
            Note(settings, number, place, before);
        }

        return complaint;
    }

    /// <summary>Reads a value as files have it: beside Redis's forms, the yes, no and sizes of options (<see cref="ValueText"/>).</summary>
    /// <returns>Null, or what is wrong in Redis's words.</returns>
    public static string? Check(ConfigTable table, int number, string value, out ConfigValue read)
    {
        string? complaint = CheckExactly(table, number, value, out read);
        string? plain = complaint is null ? null
            : ValueText.TryParseFlag(value, out bool yes) ? yes ? "yes" : "no"
            : ValueText.TryParseSize(value, out long bytes) ? ValueText.FormatInteger(bytes)
            : null;
        return plain is not null && CheckExactly(table, number, plain, out read) is null ? null : complaint;
    }

    /// <summary>The value as CONFIG GET shows it.</summary>
    public static string Show(ConfigTable table, int number)
    {
        ReplyText text = new();
        table.Show(number, text);
        return ByteText.Decode(text.Written);
    }

    /// <summary>Notes that a file has set a parameter.</summary>
    public static void Note(Settings settings, int number, string place, string before)
    {
        AppliedParameter? last = settings.FindApplied(number);
        if (last is not null)
        {
            _ = settings.Applied.Remove(last);
        }

        settings.Applied.Add(new AppliedParameter(number, place, last?.Before ?? before));
    }

    // What the file of --config says takes precedence over what CONFIG REWRITE wrote, as the options do.
    private static bool IsGiven(ConfigTable table, Settings settings, string place, int number)
    {
        AppliedParameter? given = settings.FindApplied(number);
        if (given is not null)
        {
            Log.Warning(place + ": " + ByteText.Decode(table.NameOf(number)) + " is ignored: " + given.Place + " gives it");
        }

        return given is not null;
    }

    private static string? CheckExactly(ConfigTable table, int number, string value, out ConfigValue read)
    {
        byte[] bytes = ByteText.Encode(value);
        fixed (byte* data = bytes)
        {
            Argument argument = new() { Data = data, Length = bytes.Length };
            return table.Check(number, &argument, out read);
        }
    }
}
