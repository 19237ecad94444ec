namespace Epollsrv.Journal.Rdb;

/// <summary>The first bytes of the items of an RDB file that are no keys. The numbers are Redis's.</summary>
internal static class RdbCode
{
    /// <summary>Changes while a snapshot was taken (valkey).</summary>
    public const byte Update = 0xF2;

    /// <summary>Slots that a node is about to take over (valkey 9).</summary>
    public const byte SlotImport = 0xF3;

    /// <summary>A slot and its number of keys: a hint.</summary>
    public const byte SlotInfo = 0xF4;

    /// <summary>A library of functions.</summary>
    public const byte Function = 0xF5;

    /// <summary>The same as release candidates of Redis 7.0 wrote it.</summary>
    public const byte FunctionDraft = 0xF6;

    /// <summary>What a module has kept besides keys.</summary>
    public const byte ModuleAux = 0xF7;

    /// <summary>For the next key: seconds since it was used.</summary>
    public const byte Idle = 0xF8;

    /// <summary>For the next key: how often it was used, 0 to 255.</summary>
    public const byte Frequency = 0xF9;

    /// <summary>A note on the file.</summary>
    public const byte Aux = 0xFA;

    /// <summary>Numbers of keys, and of keys that expire.</summary>
    public const byte Resize = 0xFB;

    /// <summary>For the next key: when it expires, in milliseconds.</summary>
    public const byte ExpiryMilliseconds = 0xFC;

    /// <summary>For the next key: when it expires, in seconds.</summary>
    public const byte ExpirySeconds = 0xFD;

    /// <summary>The database of the next keys.</summary>
    public const byte Select = 0xFE;

    /// <summary>The end; the checksum follows.</summary>
    public const byte End = 0xFF;
}
