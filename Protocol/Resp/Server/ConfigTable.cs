using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The parameters of CONFIG, numbered from 0: those of the node's settings, which Node hands down, those that only RESP has, and those
/// that mean nothing
/// here (<see cref="RememberedSettings"/>). Made before the threads start; any thread.
/// </summary>
internal sealed unsafe class ConfigTable
{
    private readonly ConfigEntry[] _entries;

    // Whether CONFIG SET has set it, by number.
    private readonly bool[] _isChanged;

    /// <summary>Makes the table of a node.</summary>
    public ConfigTable(RespCommon node, Server server, ConfigEntry[] settings)
    {
        ServerOptions engine = server.Options;
        RespOptions options = node.Options;
        ConfigEntry[] own =
        [
            ConfigEntry.Number("maxmemory-samples", 1, int.MaxValue,
                () => node.Common.Store.EvictionSamples,
                value => node.Common.Store.EvictionSamples = (int)value),
            ConfigEntry.Number("tcp-keepalive", 0, int.MaxValue,
                () => engine.KeepAliveSeconds,
                value => engine.KeepAliveSeconds = (int)value),
            new("client-output-buffer-limit",
                text => ConfigOutputLimits.Show(text, options),
                ConfigOutputLimits.Check,
                value => ((ConfigOutputLimits)value.Object!).Apply(options)),
            ConfigEntry.Number("slowlog-log-slower-than", -1, long.MaxValue,
                () => node.SlowLog.Threshold,
                value => node.SlowLog.SetThreshold(node, value)),
            ConfigEntry.Number("slowlog-max-len", 0, long.MaxValue,
                () => node.SlowLog.Capacity,
                value => node.SlowLog.SetCapacity(server.Buffers, value)),
            ConfigEntry.YesOrNo("latency-tracking", () => options.TracksLatency ? 1 : 0, value => node.Options.TracksLatency = value != 0),
            new("latency-tracking-info-percentiles",
                text => ConfigPercentiles.Show(text, options.Percentiles),
                ConfigPercentiles.Check,
                value => options.Percentiles = (long[])value.Object!),
            new("port", text => AddAddresses(text, server, isPort: true, isUnix: false)),
            new("bind", text => AddAddresses(text, server, isPort: false, isUnix: false)),
            new("unixsocket", text => AddAddresses(text, server, isPort: false, isUnix: true)) { IsFixed = true },
            new("tcp-backlog", text => text.Add(engine.Backlog)) { IsFixed = true },
            new("io-threads", text => text.Add(engine.Workers + 1)) { IsFixed = true },
        ];
        _entries = new ConfigEntry[settings.Length + own.Length];
        settings.CopyTo(_entries, 0);
        own.CopyTo(_entries, settings.Length);
        _isChanged = new bool[Count];
    }

    /// <summary>Parameters that mean nothing here.</summary>
    public RememberedSettings Remembered { get; } = new();

    /// <summary>How many numbers there are; some have no name.</summary>
    public int Count => _entries.Length + Remembered.Count;

    /// <summary>The name of a parameter; empty: there is none.</summary>
    public ReadOnlySpan<byte> NameOf(int number)
        => number < _entries.Length ? _entries[number].Name : Remembered.NameOf(number - _entries.Length);

    /// <summary>Whether a parameter's value is a password, which neither the log nor the terminal gets: requirepass, masterauth,
    /// tls-key-file-pass and the like.</summary>
    public static bool IsSecret(ReadOnlySpan<byte> name) => name.EndsWith("pass"u8) || name.EndsWith("auth"u8);

    /// <summary>The same of the parameter with a number.</summary>
    public bool IsSecret(int number) => IsSecret(NameOf(number));

    /// <summary>The number of the parameter with a name, or −1.</summary>
    public int Find(Argument* name)
    {
        int count = Count;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> known = NameOf(i);
            if (!known.IsEmpty && name->Is(known))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether CONFIG SET refuses it whatever the value is.</summary>
    public bool IsFixed(int number) => number < _entries.Length ? _entries[number].IsFixed : Remembered.IsFixed(number - _entries.Length);

    /// <summary>Whether it has no meaning here and is only remembered.</summary>
    public bool IsRemembered(int number) => number >= _entries.Length;

    /// <summary>Writes a value as CONFIG GET shows it.</summary>
    public void Show(int number, ReplyText text)
    {
        if (number < _entries.Length)
        {
            _entries[number].Show(text);
        }
        else
        {
            Remembered.Add(number - _entries.Length, text);
        }
    }

    /// <summary>Reads a value.</summary>
    /// <returns>Null, or what is wrong in Redis's words.</returns>
    public string? Check(int number, Argument* value, out ConfigValue read)
    {
        if (number < _entries.Length)
        {
            return _entries[number].Check(value, out read);
        }

        read = default;
        return Remembered.Read(number - _entries.Length, value, out read.Number);
    }

    /// <summary>Whether <see cref="Try"/> of a parameter takes long.</summary>
    public bool TakesLong(int number) => number < _entries.Length && _entries[number].Try is not null;

    /// <summary>Does the part of applying a value that can fail.</summary>
    /// <returns>Null, or why it failed in Redis's words.</returns>
    public string? Try(int number, in ConfigValue value, bool inTransaction)
        => number < _entries.Length ? _entries[number].Try?.Invoke(value, inTransaction) : null;

    /// <summary>Whether CONFIG SET, or what CONFIG REWRITE wrote, has given it a value.</summary>
    public bool IsChanged(int number) => Volatile.Read(ref _isChanged[number]); // pairs with Apply and NoteFromFile

    /// <summary>Its value is what the file of settings has: CONFIG REWRITE does not need to keep it.</summary>
    public void NoteFromFile(int number) => Volatile.Write(ref _isChanged[number], false); // pairs with IsChanged

    /// <summary>The number of the parameter that is the same as an option, or −1.</summary>
    public int NumberOf(string option) => Array.FindIndex(_entries, entry => entry.Option == option);

    /// <summary>Whether it can be changed while the node runs.</summary>
    public bool IsChangeable(int number) => number < _entries.Length && _entries[number].IsChangeable;

    /// <summary>The option that gives the same, without its dashes; null: none does.</summary>
    public string? OptionOf(int number) => number < _entries.Length ? _entries[number].Option : null;

    /// <summary>Applies what was read before the node's threads start.</summary>
    public void ApplyAtStart(int number, in ConfigValue value)
    {
        if (number < _entries.Length && _entries[number].AtStart is { } apply)
        {
            Volatile.Write(ref _isChanged[number], true); // pairs with IsChanged
            apply(value);
        }
        else
        {
            Apply(number, value);
        }
    }

    /// <summary>Applies what was read.</summary>
    public void Apply(int number, in ConfigValue value)
    {
        Volatile.Write(ref _isChanged[number], true); // pairs with IsChanged
        if (number < _entries.Length)
        {
            _entries[number].Apply(value);
        }
        else
        {
            Remembered.Set(number - _entries.Length, value.Number);
        }
    }

    // All addresses of a kind, or the port of the first.
    private static void AddAddresses(ReplyText text, Server server, bool isPort, bool isUnix)
    {
        bool first = true;
        foreach (SocketAddress address in server.BoundAddresses)
        {
            if (address.Family == SocketAddress.FamilyUnix != isUnix || (!first && (isPort || isUnix)))
            {
                continue;
            }

            _ = isPort ? text.Add(address.Port) : text.Add(first ? default : " "u8).AddText(Host(address));
            first = false;
        }

        _ = first && isPort ? text.Add(0) : text;
    }

    private static string Host(SocketAddress address)
    {
        string host = address.Host();
        return host.StartsWith("unix:", StringComparison.Ordinal) ? host[5..] : host;
    }
}
