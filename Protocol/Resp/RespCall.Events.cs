using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <content>Publishing keyspace notifications.</content>
internal sealed unsafe partial class RespCall
{
    private static ReadOnlySpan<byte> KeyspacePrefix => "__keyspace@0__:"u8;

    private static ReadOnlySpan<byte> KeyeventPrefix => "__keyevent@0__:"u8;

    private bool _isBackground;

    /// <summary>The token of the connection the thread owns just now; 0: none.</summary>
    public ulong OwnToken => _isBackground ? 0 : Turn.Token;

    /// <summary>This thread's notifications that are not published yet.</summary>
    public KeyEventCollector* Collector { get; }

    /// <summary>Publishes what this thread's work on keys left to tell, if anything. No partition may be held.</summary>
    public void PublishEvents()
    {
        if (Collector->Length == 0)
        {
            return;
        }

        KeyEvents wanted = Node.KeyEvents;
        int offset = 0;
        while (Collector->Next(ref offset, out _, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> key))
        {
            if ((wanted & KeyEvents.Keyspace) != 0)
            {
                PublishEvent(KeyspacePrefix, key, name);
            }

            if ((wanted & KeyEvents.Keyevent) != 0)
            {
                PublishEvent(KeyeventPrefix, name, key);
            }
        }

        Collector->Clear();
    }

    /// <summary>The same for a job that is no connection's.</summary>
    public void PublishEventsInBackground()
    {
        _isBackground = true;
        PublishEvents();
        _isBackground = false;
    }

    private void PublishEvent(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> message)
    {
        const int onStack = 512;
        int length = prefix.Length + rest.Length;
        byte* memory = length <= onStack ? null : (byte*)NativeMemory.Alloc((nuint)length);
        Span<byte> channel = memory == null ? stackalloc byte[onStack] : new Span<byte>(memory, length);
        channel = channel[..length];
        prefix.CopyTo(channel);
        rest.CopyTo(channel[prefix.Length..]);
        _ = Node.PubSub.Publish(this, ChannelKind.Channel, channel, message, mayDefer: false);
        NativeMemory.Free(memory);
    }
}
