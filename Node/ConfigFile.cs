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

    private const int Longest = 1 << 20;

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
        string path = folder + "/" + Name;
        string? text = Files.ReadText(path, Longest, out int result);
        if (text is null)
        {
            return result == -Errno.NoEntry ? null
                : path + ": " + (result == -Errno.Invalid ? "is longer than 1 MB" : Errno.Describe(result));
        }

        InlineParser parser = new();
        ArgumentList arguments = new();
        string? error = null;
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length && error is null; i++)
        {
            // The parser wants the end of the line.
            fixed (byte* line = ByteText.Encode(lines[i] + "\n"))
            {
                Request request = new() { Start = line };
                arguments.Used = 0;
                bool isRead = parser.Parse(line + ByteText.Encode(lines[i]).Length + 1, &request, ref arguments, out _)
                    == ParseResult.Complete;
                error = !isRead ? "its quotes are not closed"
                    : request.Count == 0 || *arguments.Items->Data == '#' ? null
                    : request.Count != 2 ? "is not a name and a value, quoted when there are spaces in it"
                    : Apply(table, settings, arguments.Items, arguments.Items + 1);
                error = error is null ? null : path + ":" + Numbers.ToText(i + 1) + ": \"" + lines[i] + "\": " + error
                    + ". Correct the line or remove it";
            }
        }

        arguments.Free();
        parser.Free();
        return error;
    }

    private static string? Apply(ConfigTable table, Settings settings, Argument* name, Argument* value)
    {
        int number = table.Find(name);
        if (number < 0 || table.IsFixed(number))
        {
            return number < 0 ? "there is no such parameter" : "cannot be set";
        }

        if (table.OptionOf(number) is { } option && settings.Gives(option))
        {
            Log.Warning(Name + ": " + ByteText.Decode(name->Span) + " is ignored: --" + option + " is given");
            return null;
        }

        string? complaint = table.Check(number, value, out ConfigValue read);
        if (complaint is null)
        {
            table.ApplyAtStart(number, read);
        }

        return complaint;
    }
}
