using System;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal.Rdb;

/// <summary>Two strings that belong together: key and value, name and text. Good until the next is read. One thread.</summary>
internal sealed unsafe class RdbPair(RdbInput input, long longest) : IDisposable
{
    private readonly RdbText _key = new();
    private readonly RdbText _value = new();

    // What stands at the input when the value is not in memory.
    private RdbString _large;
    private bool _isLarge;

    public byte* Key => _key.Data;

    public int KeyLength => (int)_key.Length;

    public byte* Value => _value.Data;

    public long ValueLength => _value.Length;

    /// <summary>Reads the key alone.</summary>
    /// <returns>False: the input says why.</returns>
    public bool TryReadKey() =>
        input.TryReadString(out RdbString header) && TryAllow(in header) && _key.TryRead(input, in header);

    /// <summary>Reads the value behind it.</summary>
    /// <param name="largeFrom">A longer one stays in the file, for <see cref="TryCopyValue"/>.</param>
    public bool TryReadValue(long largeFrom)
    {
        if (!input.TryReadString(out RdbString header) || !TryAllow(in header))
        {
            return false;
        }

        if (header.Length > largeFrom)
        {
            if (header.Kind == RdbStringKind.Compressed && !TryPrepare(in header))
            {
                return false;
            }

            _large = header;
            _isLarge = true;
            _value.Announce(header.Length);
        }
        else if (!_value.TryRead(input, in header))
        {
            return false;
        }
        else
        {
            _value.Settle(input);
        }

        Settle();
        return true;
    }

    /// <summary>Takes the key's address, once everything is read that is to stay together with it.</summary>
    public void Settle() => _key.Settle(input);

    /// <summary>Writes the value to where it is to be; one that is not in memory, once.</summary>
    public bool TryCopyValue(byte* to)
    {
        if (!_isLarge)
        {
            Buffer.MemoryCopy(_value.Data, to, _value.Length, _value.Data != null ? _value.Length : 0);
            return _value.Data != null;
        }

        _isLarge = false;
        if (_large.Kind == RdbStringKind.Plain)
        {
            return input.TryCopy(to, _large.StoredLength);
        }

        if (!Lzf.TryDecompress(input.At, _large.StoredLength, to, _large.Length))
        {
            return input.Fail("compressed bytes are broken");
        }

        input.Take(_large.StoredLength);
        return true;
    }

    /// <summary>Forgets both, and goes on behind a value that nobody wanted.</summary>
    public bool TryClear()
    {
        bool done = !_isLarge || input.TrySkip(_large.StoredLength);
        _isLarge = false;
        _key.Clear();
        _value.Clear();
        return done;
    }

    public void Dispose()
    {
        _key.Dispose();
        _value.Dispose();
    }

    /// <summary>Compressed bytes have to be together in memory, before the key's address is taken.</summary>
    private bool TryPrepare(in RdbString header) =>
        input.TryHave(header.StoredLength) && (Lzf.CanHold(header.StoredLength, header.Length) || input.Fail(RdbText.CannotHold));

    private bool TryAllow(in RdbString text) => text.Length <= longest || input.Refuse("a key or value of "
        + Numbers.ToText(text.Length) + " bytes is longer than the " + Numbers.ToText(longest) + " that are allowed");
}
