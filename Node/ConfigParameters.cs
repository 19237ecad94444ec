using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>Parameters of CONFIG as files of settings have them: found by name, read, applied, and shown as text.</summary>
internal static unsafe class ConfigParameters
{
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
