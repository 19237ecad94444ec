using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>What KEYS and SCAN look for, and what they found. Lives on the stack of the command; the store's scan gets its address.</summary>
internal unsafe struct ScanState
{
    /// <summary>The keys found.</summary>
    public ReplyBuffer Found;

    /// <summary>The pattern; null: all keys.</summary>
    public Argument* Pattern;

    /// <summary>Keys looked at.</summary>
    public long Seen;

    /// <summary>Whether no key can be of the type asked for.</summary>
    public bool OtherType;

    /// <summary>What <see cref="StoreAccess.Scan"/> calls for each key.</summary>
    public static void Visit(void* state, Entry* entry)
    {
        ScanState* scan = (ScanState*)state;
        scan->Seen++;
        if (scan->OtherType)
        {
            return;
        }

        byte* key = entry->KeyPointer;
        int length = entry->KeyLength;
        if (scan->Pattern == null || Glob.Matches(scan->Pattern->Data, scan->Pattern->Length, key, length))
        {
            scan->Found.AddBulk(key, length);
        }
    }
}
