using System;

namespace Epollsrv.Store;

/// <summary>
/// What an entry's header says about it. <see cref="Raw"/> and <see cref="Text"/> belong to the store's callers. The value of a bit that
/// stands for bytes between header and key is the number of these bytes: masking gives their sum.
/// </summary>
[Flags]
public enum EntryFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The value lives in a <see cref="LargeValue"/>. Set by the store alone.</summary>
    Large = 1,

    /// <summary>The value was built by editing in place (APPEND, SETRANGE, SETBIT): OBJECT ENCODING says "raw".</summary>
    Raw = 2,

    /// <summary>The value is the text of a floating-point number: OBJECT ENCODING never says "int".</summary>
    Text = 4,

    /// <summary>An expiry time is in front of the key. Set and cleared by the store alone.</summary>
    HasExpiry = 8,

    /// <summary><see cref="ItemFields"/> follow the header. Set and cleared by the store alone.</summary>
    HasItem = 16,

    /// <summary>The key is longer than 65,535 bytes and its length follows the header and the fields of an item; of the 32 bytes
    /// all but 4 are unused. Set by the store alone.</summary>
    WideKey = 32,

    /// <summary>Somebody has read the value since it was put (<see cref="Entry.IsRead"/>). Set and cleared by the store alone, and not
    /// part of snapshots.</summary>
    Read = 64,

    /// <summary>The bits that a caller may give to a write.</summary>
    CallerBits = Raw | Text,

    /// <summary>The bits that stand for bytes between header and key.</summary>
    Extensions = HasExpiry | HasItem | WideKey,
}
