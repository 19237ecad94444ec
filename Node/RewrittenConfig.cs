using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// The file epollsrv.conf of a data directory: the parameters that CONFIG SET has changed, as CONFIG REWRITE writes them. One
/// "name value" a line, quoted as in a redis.conf. One thread at a time.
/// </summary>
internal static unsafe class RewrittenConfig
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
            isRegular: true,
            (place, words) => words.Length != 2 ? "is not a name and a value, quoted when there are spaces in it"
                : ConfigParameters.Find(table, words[0]) is var number && number < 0 ? "there is no such parameter"
                : IsGiven(table, settings, place, number) ? null
                : ConfigParameters.Apply(table, settings, place, number, words[1]),
            out int result);
        return error is null || result == -Errno.NoEntry ? null : result < 0 ? error : error + ". Correct the line or remove it";
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
}
