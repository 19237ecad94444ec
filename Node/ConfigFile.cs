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
        _ = text.Add("# Parameters that CONFIG SET has changed, written by CONFIG REWRITE. Options go before them.\n"u8);
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
            (_, words) => words.Length == 2 ? Apply(table, settings, Name, words[0], words[1])
                : "is not a name and a value, quoted when there are spaces in it",
            out int result);
        return error is null || result == -Errno.NoEntry ? null : result < 0 ? error : error + ". Correct the line or remove it";
    }

    /// <summary>Applies a parameter, unless the option is given that it is. Before the node's threads start.</summary>
    /// <returns>Null, or what is wrong, for people.</returns>
    public static string? Apply(ConfigTable table, Settings settings, string place, string name, string value)
    {
        fixed (byte* nameBytes = ByteText.Encode(name + "\0"), valueBytes = ByteText.Encode(value + "\0"))
        {
            Argument nameArgument = new() { Data = nameBytes, Length = ByteText.Encode(name).Length };
            Argument valueArgument = new() { Data = valueBytes, Length = ByteText.Encode(value).Length };
            int number = table.Find(&nameArgument);
            if (number < 0 || table.IsFixed(number))
            {
                return number < 0 ? "there is no such parameter" : "cannot be set";
            }

            if (table.OptionOf(number) is { } option && settings.Gives(option))
            {
                Log.Warning(place + ": " + name + " is ignored: --" + option + " is given");
                return null;
            }

            string? complaint = table.Check(number, &valueArgument, out ConfigValue read);
            if (complaint is null)
            {
                table.ApplyAtStart(number, read);
            }

            return complaint;
        }
    }
}
