using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <content>What connections share of subscriptions, monitors, pauses and keyspace notifications.</content>
internal sealed unsafe partial class RespNode
{
    private readonly Lock _configurationLock = new();

    /// <summary>Who subscribed to what. Any thread.</summary>
    public PubSubHub PubSub { get; }

    /// <summary>The connections that see all commands (MONITOR). Any thread.</summary>
    public Monitors Monitors { get; } = new();

    /// <summary>CLIENT PAUSE. Any thread.</summary>
    public ClientPause Pause { get; } = new();

    /// <summary>Keyspace notifications on their way. Any thread.</summary>
    public KeyEventQueue KeyEventQueue { get; } = new();

    /// <summary>Turns keyspace notifications on and off (CONFIG SET notify-keyspace-events). Any thread.</summary>
    public void ConfigureKeyEvents(KeyEvents wanted)
    {
        lock (_configurationLock)
        {
            // Without K or E nobody is told.
            KeyEvents effective = (wanted & (KeyEvents.Keyspace | KeyEvents.Keyevent)) == 0 ? KeyEvents.None : wanted;
            Options.KeyEvents = wanted;
            bool was = KeyEvents != KeyEvents.None;
            bool on = effective != KeyEvents.None;
            if (on && !was)
            {
                // The slower dispatch publishes what a command collected.
                Common.CheckCommands(true);
            }

            Volatile.Write(ref _keyEvents, (int)effective); // pairs with KeyEvents
            Common.Notifies = on;
            foreach (CommandContext call in Calls)
            {
                call.Access.ReportsMisses = (effective & KeyEvents.Miss) != 0;
            }

            if (on != was)
            {
                Common.Store.Observe(ObserverKinds.Notifications, on);
            }

            if (was && !on)
            {
                Common.CheckCommands(false);
            }
        }
    }
}
