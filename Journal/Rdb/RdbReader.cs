using System;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Journal.Rdb;

/// <summary>
/// Reads an RDB file item by item: versions 1 to 11, and valkey's 80 and 81. Nothing in it is trusted: no length that the file cannot
/// hold is believed, and the checksum is only known at the end. Each key is given with what belongs to it; what is no string is named
/// and skipped. One thread.
/// </summary>
internal sealed unsafe class RdbReader : IDisposable
{
    private readonly RdbInput _input;
    private readonly RdbPair _pair;
    private RdbVersion _version;
    private RdbStep _last;
    private byte _code;
    private bool _begun;

    /// <summary>Reads the file that begins where <paramref name="input"/> stands.</summary>
    /// <param name="input">The file, which stays the caller's. At the end it stands behind the checksum.</param>
    /// <param name="fileSize">Bytes of the whole file.</param>
    /// <param name="longest">Bytes of the longest key or value that is not refused, at most 2 GB.</param>
    public RdbReader(FileInput input, long fileSize, long longest)
    {
        _input = new RdbInput(input, fileSize);
        _pair = new RdbPair(_input, Math.Min(longest, int.MaxValue));
    }

    /// <summary>Longer values are not read into memory: <see cref="Value"/> is null, and <see cref="TryCopyValue"/> gives them.</summary>
    public long LargeFrom { get; init; } = long.MaxValue;

    /// <summary>The version of the format. Known after the first step.</summary>
    public int Version => _version.Number;

    /// <summary>The database of the key, or of the keys that follow.</summary>
    public int Database { get; private set; }

    /// <summary>The key, or the name of a note; good until the next step.</summary>
    public byte* Key => _pair.Key;

    /// <summary>Bytes of <see cref="Key"/>.</summary>
    public int KeyLength => _pair.KeyLength;

    /// <summary>The value, or the text of a note; good until the next step. Null: see <see cref="LargeFrom"/>.</summary>
    public byte* Value => _pair.Value;

    /// <summary>Bytes of the value.</summary>
    public long ValueLength => _pair.ValueLength;

    /// <summary>When the key expires, Unix milliseconds; 0: never. May be over.</summary>
    public long ExpiryMilliseconds { get; private set; }

    /// <summary>What memcached's clients have beside the value.</summary>
    public ItemFields Item { get; private set; }

    /// <summary>Seconds since the key was used; −1: not said.</summary>
    public long IdleSeconds { get; private set; }

    /// <summary>How often the key was used, 0 to 255; −1: not said.</summary>
    public int Frequency { get; private set; }

    /// <summary>"list", "stream", "module type ReJSON-RL" …</summary>
    public string TypeName { get; private set; } = string.Empty;

    /// <summary>Keys that are said to follow, but no more than the file can hold.</summary>
    public long Keys { get; private set; }

    /// <summary>How many of these expire, in the same way.</summary>
    public long ExpiringKeys { get; private set; }

    /// <summary>What is wrong and where: "at byte 1234: …".</summary>
    public string Error => _input.Error ?? string.Empty;

    /// <summary>The place in the file up to which it is read.</summary>
    public long Offset => _input.Offset;

    /// <summary>Goes on to the next item. After the end, and after an error, the answer stays the same.</summary>
    public RdbStep Read()
    {
        if (_last < RdbStep.End)
        {
            _last = (_begun || TryBegin()) && TryFinishLast() ? ReadItem() : Failed();
        }

        return _last;
    }

    /// <summary>Writes the value to where it is to be; one that is not in memory, once, and without a second copy in memory.</summary>
    /// <param name="to"><see cref="ValueLength"/> bytes of room.</param>
    /// <returns>False: the file is damaged, as the next step says.</returns>
    public bool TryCopyValue(byte* to) => _pair.TryCopyValue(to);

    public void Dispose() => _pair.Dispose();

    private bool TryBegin()
    {
        _begun = true;
        if (!_input.TryHave(RdbVersion.Bytes))
        {
            return false;
        }

        if (!RdbVersion.TryRead(new ReadOnlySpan<byte>(_input.At, RdbVersion.Bytes), out _version))
        {
            return _input.Fail("this is no RDB file: it begins neither with REDIS nor with VALKEY and a version");
        }

        if (!_version.IsKnown)
        {
            return _input.Refuse(_version.Refusal());
        }

        _input.Take(RdbVersion.Bytes);
        return true;
    }

    /// <summary>Goes on behind what the caller did not want.</summary>
    private bool TryFinishLast()
    {
        bool skipped = _last switch
        {
            RdbStep.OtherType => _code != RdbType.ModuleDraft ? RdbSkipping.TrySkipValue(_input, _code)
                : _input.Refuse("the value was written by a module of a draft of Redis 4.0: nobody knows where it ends"),
            RdbStep.Function => _code == RdbCode.Function ? _input.TrySkipString() : RdbSkipping.TrySkipFunctionDraft(_input),
            RdbStep.ModuleAux => RdbSkipping.TrySkipModule(_input),
            _ => true,
        };
        ExpiryMilliseconds = 0;
        Item = default;
        IdleSeconds = -1;
        Frequency = -1;
        return _pair.TryClear() && skipped && _input.Error == null;
    }

    private RdbStep ReadItem()
    {
        while (true)
        {
            _input.Keep();
            if (!_input.TryHave(1))
            {
                return Failed();
            }

            _code = *_input.At;
            _input.Take(1);
            bool read;
            switch (_code)
            {
                case RdbType.String:
                    return _pair.TryReadKey() && _pair.TryReadValue(LargeFrom) ? RdbStep.Key : Failed();
                case RdbCode.ExpiryMilliseconds:
                    read = TryReadExpiry(sizeof(long));
                    break;
                case RdbCode.ExpirySeconds:
                    read = TryReadExpiry(sizeof(int));
                    break;
                case RdbCode.Idle:
                    read = _input.TryReadLength(out ulong seconds);
                    IdleSeconds = (long)Math.Min(seconds, int.MaxValue);
                    break;
                case RdbCode.Frequency:
                    read = _input.TryHave(1);
                    Frequency = read ? *_input.At : -1;
                    _input.Take(read ? 1 : 0);
                    break;
                case RdbCode.Select:
                    read = TrySelect();
                    break;
                case RdbCode.Aux:
                    if (!_pair.TryReadKey() || !_pair.TryReadValue(long.MaxValue))
                    {
                        return Failed();
                    }

                    if (!new ReadOnlySpan<byte>(Key, KeyLength).SequenceEqual(ItemText.NoteName))
                    {
                        return RdbStep.Aux;
                    }

                    read = TryReadItem();
                    break;
                case RdbCode.SlotInfo:
                    read = RdbSkipping.TrySkipLengths(_input, 3);
                    break;
                default:
                    return ReadRareItem();
            }

            if (!read)
            {
                return Failed();
            }
        }
    }

    private RdbStep ReadRareItem()
    {
        switch (_code)
        {
            case RdbCode.Resize:
                return TryReadSizes() ? RdbStep.Resize : Failed();
            case RdbCode.Function or RdbCode.FunctionDraft:
                return RdbStep.Function;
            case RdbCode.ModuleAux:
                return TryReadModuleName() && RdbSkipping.TrySkipLengths(_input, 2) ? RdbStep.ModuleAux : Failed();
            case RdbCode.End:
                return _input.TryEnd(_version.HasChecksum) ? RdbStep.End : Failed();
            case RdbCode.SlotImport:
                _ = _input.Refuse("it was written while slots of a cluster were moving: let it be written again when that is over");
                return Failed();
            case RdbCode.Update:
                _ = _input.Refuse("it has changes between its keys, as valkey sends them to its own replicas");
                return Failed();
            default:
                return TryReadOtherType() ? RdbStep.OtherType : Failed();
        }
    }

    private bool TryReadOtherType()
    {
        string? name = RdbType.Name(_code, _version.IsValkey);
        if (name == null)
        {
            return _input.Fail("there is no item of type " + Numbers.ToText(_code));
        }

        TypeName = name;
        if (!_pair.TryReadKey() || (_code == RdbType.Module && !TryReadModuleName()))
        {
            return false;
        }

        _pair.Settle();
        return true;
    }

    private bool TryReadModuleName()
    {
        bool read = _input.TryReadLength(out ulong number);
        TypeName = read ? "module type " + RdbType.ModuleName(number) : TypeName;
        return read;
    }

    private bool TryReadExpiry(int bytes)
    {
        bool read = _input.TryReadTime(bytes, out long milliseconds);
        ExpiryMilliseconds = milliseconds;
        return read;
    }

    private bool TryReadItem()
    {
        bool read = ItemText.TryParse(new ReadOnlySpan<byte>(Value, (int)ValueLength), out ItemFields item);
        Item = item;
        return read ? _pair.TryClear() : _input.Fail("these are no flags and no unique of an item");
    }

    private bool TrySelect()
    {
        if (!_input.TryReadLength(out ulong database))
        {
            return false;
        }

        Database = (int)Math.Min(database, int.MaxValue);
        return database <= int.MaxValue || _input.Fail("there is no database with such a number");
    }

    private bool TryReadSizes()
    {
        bool read = _input.TryReadLength(out ulong keys) & _input.TryReadLength(out ulong expiring);
        const int leastBytes = 3;
        Keys = (long)Math.Min(keys, (ulong)Math.Max(_input.Left / leastBytes, 0));
        ExpiringKeys = (long)Math.Min(expiring, (ulong)Keys);
        return read;
    }

    private RdbStep Failed() => _input.IsRefused ? RdbStep.Refused : RdbStep.Damaged;
}
