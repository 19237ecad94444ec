using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// A setting as its author declares it, once: the option and its environment variable, what it takes, what the help says, where the value
/// lives, and the
/// parameter of CONFIG that it is. The default is what lives there in a new <see cref="Settings"/>. Options of other commands are declared
/// in the same way.
/// </summary>
internal sealed class Setting
{
    private static readonly Settings _defaults = new();

    /// <summary>Reads a value where it lives, or puts it there: before the node is made, and by CONFIG SET.</summary>
    public delegate long Accessing(Settings settings, bool set, long value);

    /// <summary>Makes a setting's parameter of CONFIG.</summary>
    public delegate ConfigEntry Configuring(Setting setting, Settings settings);

    /// <summary>The option's name without its two dashes.</summary>
    public required string Name { get; init; }

    /// <summary>What the value is.</summary>
    public required OptionKind Kind { get; init; }

    /// <summary>What stands for the value in the help.</summary>
    public required string Placeholder { get; init; }

    /// <summary>What it does, for the help.</summary>
    public required string Help { get; init; }

    /// <summary>The default as it is written; null: none, or what lives at <see cref="Place"/> in new settings.</summary>
    public string? Fallback { get; init; }

    /// <summary>Least number allowed: units, bytes or nanoseconds.</summary>
    public long Minimum { get; init; }

    /// <summary>Greatest number allowed.</summary>
    public long Maximum { get; init; }

    /// <summary>The words of a choice.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>Where the value lives; null: it is no number, or only the command reads it.</summary>
    public Accessing? Place { get; init; }

    /// <summary>Whether the help only names it, with its default: for limits that hardly anybody changes.</summary>
    public bool IsBrief { get; private set; }

    /// <summary>Makes its parameter of CONFIG; null: it is none.</summary>
    public Configuring? Config { get; private set; }

    /// <summary>Lets the help only name it, with its default.</summary>
    public Setting Brief()
    {
        IsBrief = true;
        return this;
    }

    /// <summary>Makes it a parameter of CONFIG as well.</summary>
    public Setting InConfig(Configuring make)
    {
        Config = make;
        return this;
    }

    /// <summary>Makes it a size in CONFIG, within other bounds; most is −1 for as far as 64 bits go.</summary>
    public Setting InConfigAsMemory(string name, long least, long most, long limit = long.MaxValue)
        => InConfig((setting, settings)
            => ConfigEntry.Memory(
                name, least, most, () => setting.Place!(settings, false, 0), value => setting.Place!(settings, true, value), limit));

    /// <summary>The default as the help shows it; null when there is none.</summary>
    public string? DefaultText()
    {
        if (Place is null)
        {
            return Fallback;
        }

        return Format(Place(_defaults, false, 0));
    }

    /// <summary>A value of <see cref="Place"/> as people write it.</summary>
    public string Format(long value) => Kind switch
    {
        OptionKind.Size => ValueText.FormatSize(value),
        OptionKind.Duration => ValueText.FormatDuration(value),
        OptionKind.Choice => Choices[value],
        _ => ValueText.FormatInteger(value),
    };
}
