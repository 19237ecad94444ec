using System;

namespace Epollsrv.Store;

/// <summary>What an entry's header says about it. The low three bits belong to the store, the rest to its callers.</summary>
[Flags]
public enum EntryFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An expiry time follows the header. Set and cleared by the store alone.</summary>
    HasExpiry = 1,

    /// <summary>The key is longer than 65,535 bytes and its length follows the header. Set by the store alone.</summary>
    WideKey = 2,

    /// <summary>The value lives in a <see cref="LargeValue"/>. Set by the store alone.</summary>
    Large = 4,

    /// <summary>The value was built by editing in place (APPEND, SETRANGE, SETBIT): OBJECT ENCODING says "raw".</summary>
    Raw = 8,

    /// <summary>The value is the text of a floating-point number: OBJECT ENCODING never says "int".</summary>
    Text = 16,

    /// <summary>The bits that a caller may give to a write.</summary>
    CallerBits = Raw | Text,
}
