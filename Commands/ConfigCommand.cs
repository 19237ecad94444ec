using System.Text;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv config</c>: the settings that a node started in the same way would have, and where each comes from.</summary>
internal static unsafe class ConfigCommand
{
    private const string Hidden = "(hidden)";
    private const int NameColumns = 25;
    private const int ValueColumns = 20;

    /// <summary>Runs the command: 0, or the exit code with which the node would not start.</summary>
    public static int Run(System.ReadOnlySpan<string> arguments)
    {
        OptionSet options = ServeOptions.Declare(new OptionSet("config", "Prints the settings that a node started with these options would"
            + " have: name, value and what gives it (default, FILE:LINE, variable, credential, command line). Passwords are not shown. Starts nothing,"
            + " so that it also checks a file: exit code 78 when there is a mistake in it. Takes the options of epollsrv serve.",
            string.Empty)
        {
            HidesOptions = true,
        });
        int code = options.Parse(arguments);
        Settings? settings = null;
        code = code == OptionSet.GoOn ? ServeOptions.Read(options, out settings) : code;
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        settings!.Engine.HandleSignals = false;
        RunningNode node = new(settings);
        if (!StartParameters.TryApply(node) || !TryReadRewritten(node))
        {
            return ExitCode.Configuration;
        }

        StandardOutput.Write(Text(options, node));
        return ExitCode.Success;
    }

    // What CONFIG REWRITE has written into the data directory is in force as well.
    private static bool TryReadRewritten(RunningNode node)
    {
        string? error = node.Settings.Data.Folder is { } folder ? RewrittenConfig.Read(folder, node.Resp.Config!, node.Settings) : null;
        if (error is not null)
        {
            Log.Error("--data: " + error);
        }

        return error is null;
    }

    private static string Text(OptionSet options, RunningNode node)
    {
        StringBuilder text = new();
        ConfigTable table = node.Resp.Config!;
        foreach (OptionEntry entry in options.Entries)
        {
            int number = table.NumberOf(entry.Name);
            AppliedParameter? applied = number < 0 || entry.IsSet ? null : node.Settings.FindApplied(number);
            string place = applied?.Place ?? PlaceOf(entry, options, node.Settings);
            AddLine(text, entry.Name, ValueOf(entry, node, number), place);
        }

        foreach (AppliedParameter parameter in node.Settings.Applied)
        {
            if (table.OptionOf(parameter.Number) is null)
            {
                string value = table.IsSecret(parameter.Number) ? Hidden : ConfigParameters.Show(table, parameter.Number);
                AddLine(text, ByteText.Decode(table.NameOf(parameter.Number)), value, parameter.Place);
            }
        }

        return text.ToString();
    }

    private static string ValueOf(OptionEntry entry, RunningNode node, int number)
    {
        Settings settings = node.Settings;
        RingSettings? ring = settings.Ring;
        switch (entry.Name)
        {
            case "password":
                return settings.Protocols.Password is null ? string.Empty : Hidden;
            case "data":
                return settings.Data.Folder ?? string.Empty;
            case "port" when ring is not null && !entry.IsSet:
                return ValueText.FormatInteger(ring.Nodes[ring.Self].Port);
            case "bind" when ring is not null && !entry.IsSet:
                return ring.Nodes[ring.Self].Host;
            case "log-level":
                return entry.Text!;
            case "workers":
                return ValueText.FormatInteger(settings.Engine.Workers);
        }

        return entry.Setting.Place is { } place ? entry.Setting.Format(place(settings, false, 0))
            : number >= 0 && entry.Name is "max-clients" or "notify-keyspace-events" ? ConfigParameters.Show(node.Resp.Config!, number)
            : entry.Kind == OptionKind.Flag ? entry.Number == 1 ? "yes" : "no"
            : entry.Text ?? string.Empty;
    }

    // In a ring, the node's line says where it listens.
    private static string PlaceOf(OptionEntry entry, OptionSet options, Settings settings)
        => entry.Name is "port" or "bind" && !entry.IsSet && settings.Ring is { } ring
            ? options.GetText("conf") + ":" + ValueText.FormatInteger(ring.Nodes[ring.Self].Line)
            : (entry.Name == "password" ? PasswordOptions.PlaceOf(options) : null) ?? entry.Place;

    private static void AddLine(StringBuilder text, string name, string value, string place)
        => text.Append(name.PadRight(NameColumns)).Append(' ').Append(Quoted(value).PadRight(ValueColumns)).Append(' ').Append(place)
            .Append('\n');

    // As the file of settings has it.
    private static string Quoted(string value)
    {
        byte[] bytes = ByteText.Encode(value);
        if (bytes.Length > 0 && System.MemoryExtensions.IndexOfAnyExceptInRange(bytes, (byte)'!', (byte)'~') < 0 && value[0] != '"')
        {
            return value;
        }

        ReplyBuffer quoted = default;
        fixed (byte* data = bytes)
        {
            quoted.AddQuoted(data, bytes.Length);
        }

        string text = ByteText.Decode(quoted.Span);
        quoted.Free();
        return text;
    }
}
