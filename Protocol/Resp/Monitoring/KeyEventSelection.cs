using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Which keyspace notifications are on (CONFIG SET notify-keyspace-events), and what that asks of store and dispatch. Any thread.
/// </summary>
internal sealed class KeyEventSelection
{
    private readonly RespCommon _resp;
    private readonly Lock _lock = new();
    private int _current;

    /// <summary>Nothing is on.</summary>
    public KeyEventSelection(RespCommon node)
    {
        _resp = node;
    }

    /// <summary>Those that are on; none while nobody could get them.</summary>
    public KeyEvents Current => (KeyEvents)Volatile.Read(ref _current); // pairs with Select

    /// <summary>Turns on what is wanted, and the rest off.</summary>
    public void Select(KeyEvents wanted)
    {
        lock (_lock)
        {
            // Without K or E nobody is told.
            KeyEvents effective = (wanted & (KeyEvents.Keyspace | KeyEvents.Keyevent)) == 0 ? KeyEvents.None : wanted;
            _resp.Options.KeyEvents = wanted;
            bool was = Current != KeyEvents.None;
            bool on = effective != KeyEvents.None;
            if (on && !was)
            {
                // The slower dispatch publishes what a command collected.
                _resp.Common.CheckCommands(true);
            }

            Volatile.Write(ref _current, (int)effective); // pairs with Current
            _resp.Common.Notifies = on;
            foreach (CommandContext call in _resp.Calls)
            {
                call.Access.ReportsMisses = (effective & KeyEvents.Miss) != 0;
            }

            if (on != was)
            {
                _resp.Common.Store.Observe(ObserverKinds.Notifications, on);
            }

            if (was && !on)
            {
                _resp.Common.CheckCommands(false);
            }
        }
    }
}
