using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>OBJECT: how a value is kept and used.</summary>
internal static unsafe class ObjectCommands
{
    // As in Redis: a value up to here shares its memory block with its header there.
    private const int LongestEmbedded = 44;

    // Numbers below this are one object for all keys there, and count as shared, unless each needs a clock of its own for eviction.
    private const int SharedNumbers = 10000;

    /// <summary>OBJECT ENCODING key.</summary>
    public static void Encoding(CommandContext call)
    {
        Entry* entry = Enter(call);
        if (entry == null)
        {
            return;
        }

        bool number = IsNumber(entry, out _);
        bool embedded = (entry->Flags & EntryFlags.Raw) == 0 && entry->ValueLength <= LongestEmbedded;
        call.Access.Unlock();
        call.Reply.Bulk(number ? "int"u8 : embedded ? "embstr"u8 : "raw"u8);
    }

    /// <summary>OBJECT REFCOUNT key.</summary>
    public static void ReferenceCount(CommandContext call)
    {
        Entry* entry = Enter(call);
        if (entry == null)
        {
            return;
        }

        bool shared = IsNumber(entry, out long value) && value is >= 0 and < SharedNumbers;
        call.Access.Unlock();
        shared &= call.Access.Store.MaxMemory == 0
            || call.Access.Store.Policy is EvictionPolicy.NoEviction or EvictionPolicy.AllKeysRandom
                or EvictionPolicy.VolatileRandom or EvictionPolicy.VolatileTtl;
        call.Reply.Integer(shared ? int.MaxValue : 1);
    }

    /// <summary>OBJECT IDLETIME key.</summary>
    public static void IdleTime(CommandContext call)
    {
        Entry* entry = Enter(call);
        if (entry == null)
        {
            return;
        }

        long idle = entry->IdleMilliseconds(call.Access.Now) / 1000;
        call.Access.Unlock();
        if (call.Access.Store.CountsUses)
        {
            call.ReplyError("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."u8);
            return;
        }

        call.Reply.Integer(idle);
    }

    /// <summary>OBJECT FREQ key.</summary>
    public static void Frequency(CommandContext call)
    {
        Entry* entry = Enter(call);
        if (entry == null)
        {
            return;
        }

        int frequency = entry->Frequency(call.Access.Now);
        call.Access.Unlock();
        if (!call.Access.Store.CountsUses)
        {
            call.ReplyError("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."u8);
            return;
        }

        call.Reply.Integer(frequency);
    }

    /// <summary>OBJECT HELP.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        ENCODING <key>
            Return the kind of internal representation used in order to store the value
            associated with a <key>.
        FREQ <key>
            Return the access frequency index of the <key>. The returned integer is
            proportional to the logarithm of the recent access frequency of the key.
        IDLETIME <key>
            Return the idle time of the <key>, that is the approximated number of
            seconds elapsed since the last access to the key.
        REFCOUNT <key>
            Return the number of references of the value associated with the specified
            <key>.
        HELP
            Prints this help.
        """u8);

    // The key's entry with its partition locked; null: there is none, and that was replied.
    private static Entry* Enter(CommandContext call)
    {
        Argument* key = call.Arguments + 2;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupNoEffects(key->Data, key->Length, call.Hash);
        if (entry == null)
        {
            call.Access.Unlock();
            call.Reply.Null();
        }

        return entry;
    }

    private static bool IsNumber(Entry* entry, out long value)
    {
        value = 0;
        return (entry->Flags & (EntryFlags.Raw | EntryFlags.Text)) == 0 && entry->ValueLength <= Numbers.Longest
            && Numbers.TryParse(entry->ValuePointer, (int)entry->ValueLength, out value);
    }
}
