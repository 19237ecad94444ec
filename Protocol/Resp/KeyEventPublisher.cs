using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>Makes and publishes the keyspace notifications that the work of one thread leads to.</summary>
internal sealed unsafe class KeyEventPublisher
{
    private readonly CommandContext _call;
    private bool _isBackground;
    private bool _hasEvents;
    private KeyEventList _own;

    // Of the open group. They have no position of the log before the group ends.
    private KeyEventList _grouped;

    /// <summary>Makes a thread's publisher, which the store tells what happens to keys.</summary>
    public KeyEventPublisher(CommandContext call)
    {
        _call = call;
        call.Access.Owner = this;
        call.Access.Store.Observers->Notifications = &Observe;
    }

    /// <summary>Whether the connection is told of what its own command does (<see cref="TellSelf"/>).</summary>
    public bool TellsSelf { get; set; }

    /// <summary>The token of the connection the thread owns just now; 0: none.</summary>
    public ulong OwnToken => _isBackground ? 0 : _call.Thread.Token;

    /// <summary>Whether each notification is compared with so many patterns that whoever changes keys needs a worker.</summary>
    public bool PublishesMuch
        => _call.Resp.KeyEvents.Current != KeyEvents.None && _call.Resp.PubSub.Count(ChannelKind.Pattern) > MessagePublisher.Many;

    /// <summary>What the store calls (<see cref="StoreObservers.Notifications"/>): adds an effect's events to the node's queue.</summary>
    public static void Observe(object? owner, Effect* effect)
    {
        KeyEventPublisher publisher = Unsafe.As<KeyEventPublisher>(owner!);
        if (effect->IsNew || effect->Note.IsNew)
        {
            publisher.AddEvent(effect, ChangeName.New);
        }

        publisher.AddEvent(effect, effect->Note.First);
        publisher.AddEvent(effect, effect->Note.Second);
    }

    /// <summary>Publishes what this thread's work on keys left to tell, if anything. No partition may be held.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish()
    {
        if (_hasEvents)
        {
            _hasEvents = false;
            _call.Resp.KeyEventQueue.Publish(_call);
        }
    }

    /// <summary>
    /// Tells the connection itself what its command has done to keys so far, if it subscribed to that: at this place in its output and
    /// inside EXEC, as Redis does. All others are told when the command is over and no partition is held.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TellSelf()
    {
        if (_own.Length != 0)
        {
            PublishOwn();
        }
    }

    /// <summary>A group has ended, and its partitions are still locked: its events get their place among those of others.</summary>
    public void EndGroup()
    {
        if (_grouped.Length != 0 && !_call.Access.Group.IsOpen)
        {
            BufferPool pool = _call.Thread.Server.Buffers;
            _call.Resp.KeyEventQueue.AddAll(pool, in _grouped);
            _grouped.Clear(pool);
        }
    }

    /// <summary>As <see cref="Publish"/>, for a job that is no connection's.</summary>
    public void PublishInBackground()
    {
        _isBackground = true;
        Publish();
        _isBackground = false;
    }

    /// <summary>Publishes one event. No partition may be held, unless it goes only to the connection that the thread owns.</summary>
    public void PublishEvent(KeyEvent* happened, Audience audience)
    {
        KeyEvents wanted = _call.Resp.KeyEvents.Current;
        ReadOnlySpan<byte> name = KeyEventNames.Of(happened->Name);
        ReadOnlySpan<byte> key = new(KeyEvent.Key(happened), happened->KeyLength);
        if ((wanted & KeyEvents.Keyspace) != 0)
        {
            PublishEvent("__keyspace@"u8, happened->Database, key, name, audience);
        }

        if ((wanted & KeyEvents.Keyevent) != 0)
        {
            PublishEvent("__keyevent@"u8, happened->Database, name, key, audience);
        }
    }

    /// <summary>Memory ran out in the middle of the thread's work.</summary>
    public void GiveUp()
    {
        _isBackground = false;
        TellsSelf = false;

        // The connection ends: the next one is not to be told. Others are, of what was changed.
        _own.Clear(_call.Thread.Server.Buffers);
        EndGroup();
    }

    private void AddEvent(Effect* effect, ChangeName name)
    {
        if ((_call.Resp.KeyEvents.Current & KeyEventNames.ClassOf(name)) == 0 || _call.Source == CommandSource.Loader)
        {
            return;
        }

        _hasEvents = true;
        BufferPool pool = _call.Thread.Server.Buffers;
        ulong told = TellsSelf && _own.TryAdd(pool, name, effect, 0) ? OwnToken : 0;
        if (!effect->IsGrouped)
        {
            _call.Resp.KeyEventQueue.Add(pool, name, effect, told);
        }
        else if (!_grouped.TryAdd(pool, name, effect, told))
        {
            _call.Resp.KeyEventQueue.CountLost(1);
        }
    }

    private void PublishOwn()
    {
        bool held = _call.Thread.Output.HoldSending;
        _call.Thread.Output.HoldSending = true;
        int offset = 0;
        for (KeyEvent* next = _own.Next(ref offset); next != null; next = _own.Next(ref offset))
        {
            PublishEvent(next, Audience.Only(OwnToken));
        }

        _own.Clear(_call.Thread.Server.Buffers);
        _call.Thread.Output.HoldSending = held;
    }

    private void PublishEvent(
        ReadOnlySpan<byte> prefix, int database, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> message, Audience audience)
    {
        const int onStack = 512;
        ReadOnlySpan<byte> suffix = "__:"u8;
        int most = prefix.Length + Numbers.Longest + suffix.Length + rest.Length;
        byte* memory = most <= onStack ? null : (byte*)NativeMemory.Alloc((nuint)most);
        Span<byte> channel = memory == null ? stackalloc byte[onStack] : new Span<byte>(memory, most);
        prefix.CopyTo(channel);
        int length = prefix.Length;
        length += Numbers.Write(channel[length..], database);
        suffix.CopyTo(channel[length..]);
        length += suffix.Length;
        rest.CopyTo(channel[length..]);
        channel = channel[..(length + rest.Length)];
        try
        {
            _ = MessagePublisher.Publish(_call, ChannelKind.Channel, channel, message, audience, mayDefer: false);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }
}
