using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>The words of keyspace notifications, and to which class of notify-keyspace-events each belongs.</summary>
internal static class KeyEventNames
{
    /// <summary>The class of what happened.</summary>
    public static KeyEvents ClassOf(ChangeName name) => name switch
    {
        ChangeName.Set or ChangeName.Append or ChangeName.SetRange or ChangeName.SetBit
            or ChangeName.IncrementBy or ChangeName.IncrementByFloat => KeyEvents.String,
        ChangeName.Expired => KeyEvents.Expired,
        ChangeName.Evicted => KeyEvents.Evicted,
        ChangeName.New => KeyEvents.New,
        ChangeName.Miss => KeyEvents.Miss,
        ChangeName.None => KeyEvents.None,
        _ => KeyEvents.Generic,
    };

    /// <summary>Its word.</summary>
    public static ReadOnlySpan<byte> Of(ChangeName name) => name switch
    {
        ChangeName.Set => "set"u8,
        ChangeName.Expire => "expire"u8,
        ChangeName.Persist => "persist"u8,
        ChangeName.Append => "append"u8,
        ChangeName.SetRange => "setrange"u8,
        ChangeName.SetBit => "setbit"u8,
        ChangeName.IncrementBy => "incrby"u8,
        ChangeName.IncrementByFloat => "incrbyfloat"u8,
        ChangeName.Delete => "del"u8,
        ChangeName.RenameFrom => "rename_from"u8,
        ChangeName.RenameTo => "rename_to"u8,
        ChangeName.CopyTo => "copy_to"u8,
        ChangeName.Restore => "restore"u8,
        ChangeName.MoveFrom => "move_from"u8,
        ChangeName.MoveTo => "move_to"u8,
        ChangeName.Expired => "expired"u8,
        ChangeName.Evicted => "evicted"u8,
        ChangeName.New => "new"u8,
        ChangeName.Miss => "keymiss"u8,
        _ => default,
    };
}
