using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <content>What connections share of subscriptions, monitors, pauses and keyspace notifications.</content>
internal sealed unsafe partial class RespNode
{
    private readonly Lock _configurationLock = new();
    private long _cutOffs;

    /// <summary>Who subscribed to what. Any thread.</summary>
    public PubSubHub PubSub { get; } = new();

    /// <summary>The connections that see all commands (MONITOR). Any thread.</summary>
    public Monitors Monitors { get; } = new();

    /// <summary>CLIENT PAUSE. Any thread.</summary>
    public ClientPause Pause { get; } = new();

    /// <summary>What notify-keyspace-events was set to, whether anything comes of it or not. Any thread.</summary>
    public KeyEvents ConfiguredKeyEvents { get; private set; }

    /// <summary>Subscribers and monitors that were closed because they did not take their messages. Any thread.</summary>
    public long CutOffs => Volatile.Read(ref _cutOffs); // pairs with NoteCutOff

    /// <summary>Counts one of them. Any thread.</summary>
    public void NoteCutOff() => Interlocked.Increment(ref _cutOffs); // pairs with CutOffs

    /// <summary>Turns keyspace notifications on and off (CONFIG SET notify-keyspace-events). Any thread.</summary>
    public void ConfigureKeyEvents(KeyEvents wanted)
    {
        lock (_configurationLock)
        {
            // Without K or E nobody is told.
            KeyEvents effective = (wanted & (KeyEvents.Keyspace | KeyEvents.Keyevent)) == 0 ? KeyEvents.None : wanted;
            ConfiguredKeyEvents = wanted;
            bool was = KeyEvents != KeyEvents.None;
            bool on = effective != KeyEvents.None;
            if (on && !was)
            {
                // The slower dispatch publishes what a command collected.
                Attend(true);
            }

            Volatile.Write(ref _keyEvents, (int)effective); // pairs with KeyEvents
            foreach (RespCall call in Calls)
            {
                call.Collector->Wanted = (int)effective;
                call.Access.ReportsNew = (effective & KeyEvents.New) != 0;
                call.Access.ReportsMisses = (effective & KeyEvents.Miss) != 0;
            }

            if (was && !on)
            {
                Attend(false);
            }
        }
    }

    /// <summary>Collects a keyspace notification; it is published when the command has been answered.</summary>
    public void Publish(RespCall call, KeyEvents kind, ReadOnlySpan<byte> name, byte* key, int keyLength)
        => call.Collector->Add(kind, (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(name)), name.Length, key, keyLength);
}
