using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>A value that is replied after it has been replaced: pinned when it is large, in the thread's <see cref="CommandContext.Scratch"/> when not.</summary>
internal unsafe struct OldValue
{
    private LargeValue* _pinned;
    private readonly byte* _copy;
    private readonly int _length;

    /// <summary>Keeps the value of an entry whose partition is entered; null: there is none.</summary>
    public OldValue(CommandContext call, Entry* entry)
    {
        if (entry == null)
        {
            return;
        }

        if (entry->IsLarge)
        {
            _pinned = StoreAccess.Pin(entry);
            return;
        }

        _length = (int)entry->ValueLength;
        _copy = call.Scratch(_length);
        Buffer.MemoryCopy(entry->ValuePointer, _copy, _length, _length);
    }

    /// <summary>Replies it, or null.</summary>
    public void Reply(CommandContext call)
    {
        if (_pinned != null)
        {
            // The reference goes with the reply.
            call.Reply.Pinned(_pinned);
            _pinned = null;
        }
        else if (_copy != null)
        {
            call.Reply.Bulk(_copy, _length);
        }
        else
        {
            call.Reply.Null();
        }
    }

    /// <summary>Gives back what was kept.</summary>
    public void Free()
    {
        if (_pinned != null)
        {
            LargeValue.Release(_pinned);
        }
    }
}
