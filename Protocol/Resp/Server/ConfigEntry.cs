using System;
using System.Text;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// One parameter of CONFIG: its name, how its value is read and shown, and where it lives. All of CONFIG follows from it. Made before the
/// threads start;
/// its functions are called by any thread.
/// </summary>
internal sealed unsafe class ConfigEntry
{
    private readonly byte[] _name;
    private readonly Showing _show;
    private readonly Checking? _check;
    private readonly Applier? _apply;

    /// <summary>Makes a parameter.</summary>
    /// <param name="name">In lower case.</param>
    /// <param name="show">Writes the value as CONFIG GET shows it.</param>
    /// <param name="check">Reads a new value; null: any text will do.</param>
    /// <param name="apply">Puts it where it lives; null: Redis can set it and this server cannot, so that only the value it has is
    /// taken.</param>
    public ConfigEntry(string name, Showing show, Checking? check = null, Applier? apply = null)
    {
        _name = Encoding.ASCII.GetBytes(name);
        _show = show;
        _check = check;
        _apply = apply;
    }

    /// <summary>Writes a value as CONFIG GET shows it.</summary>
    public delegate void Showing(ReplyText text);

    /// <summary>Puts a value where it lives.</summary>
    public delegate void Applier(ConfigValue value);

    /// <summary>Reads a number where it lives.</summary>
    public delegate long Reading();

    /// <summary>Puts a number where it lives.</summary>
    public delegate void Writing(long value);

    /// <summary>Reads a value: null, or what is wrong with it in Redis's words.</summary>
    public delegate string? Checking(Argument* value, out ConfigValue read);

    /// <summary>Does what takes long and may fail: null, or why it failed in Redis's words.</summary>
    public delegate string? Trier(ConfigValue value, bool inTransaction);

    /// <summary>The name.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>Whether CONFIG SET refuses it whatever the value is, as in Redis.</summary>
    public bool IsFixed { get; init; }

    /// <summary>Whether CONFIG SET can give it another value than it has.</summary>
    public bool IsChangeable => _apply is not null && !IsFixed;

    /// <summary>The option that gives the same; null: none does.</summary>
    public string? Option { get; set; }

    /// <summary>Puts a value where it lives before the node's threads start, when that is another place than later; null: it is the
    /// same.</summary>
    public Applier? AtStart { get; init; }

    /// <summary>Called on a worker (unless EXEC runs) when all values are right, before any of them is applied; null: nothing is.</summary>
    public Trier? Try { get; init; }

    /// <summary>A number within bounds.</summary>
    public static ConfigEntry Number(string name, long least, long most, Reading get, Writing set)
        => new(
            name,
            text => text.Add(get()),
            (Argument* value, out ConfigValue read) => CheckNumber(value, least, most, out read),
            Applying(set));

    /// <summary>A size within bounds; most is −1 for as far as 64 bits go. What Redis takes and this server does not, above the limit, is
    /// refused with it.</summary>
    public static ConfigEntry Memory(string name, long least, long most, Reading get, Writing set, long limit = long.MaxValue)
        => new(name, text => text.Add(get()), (Argument* value, out ConfigValue read) => CheckMemory(value, least, most, out read)
            ?? (read.Number > limit ? ConfigValues.Between(least, limit) : null), Applying(set));

    /// <summary>Yes or no, as 1 or 0.</summary>
    public static ConfigEntry YesOrNo(string name, Reading get, Writing set)
        => new(name, text => text.Add(get() != 0 ? "yes"u8 : "no"u8), CheckYesOrNo, Applying(set));

    /// <summary>Reads a number within bounds.</summary>
    public static string? CheckNumber(Argument* value, long least, long most, out ConfigValue read)
    {
        read = default;
        return ConfigValues.ReadNumber(value, least, most, out read.Number);
    }

    /// <summary>Writes the value as CONFIG GET shows it.</summary>
    public void Show(ReplyText text) => _show(text);

    /// <summary>Reads a value, to be applied when all others of the command are right too.</summary>
    /// <returns>Null, or what is wrong in Redis's words.</returns>
    public string? Check(Argument* value, out ConfigValue read)
    {
        read = default;
        string? complaint = _check?.Invoke(value, out read);
        if (complaint is not null || _apply is not null)
        {
            return complaint;
        }

        // Programs set what is fixed here to what it is.
        ReplyText present = new();
        Show(present);
        return value->Is(present.Written) || value->Span.SequenceEqual(present.Written) ? null : "can't set immutable config";
    }

    /// <summary>Applies what was read.</summary>
    public void Apply(in ConfigValue value) => _apply?.Invoke(value);

    private static Applier Applying(Writing set) => value => set(value.Number);

    private static string? CheckMemory(Argument* value, long least, long most, out ConfigValue read)
    {
        read = default;
        return ConfigValues.ReadMemory(value, least, most, out read.Number);
    }

    private static string? CheckYesOrNo(Argument* value, out ConfigValue read)
    {
        read = default;
        return ConfigValues.ReadYesOrNo(value, out read.Number);
    }
}
