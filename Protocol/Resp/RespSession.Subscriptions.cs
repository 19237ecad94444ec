using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <content>What belongs to subscriptions and MONITOR.</content>
internal sealed unsafe partial class RespSession
{
    private SubscriptionSet? _subscriptions;
    private int _cutOff;
    private long _aboveSince;

    /// <summary>The connection's subscriptions, made when first needed. Any thread may look at the numbers of an existing one.</summary>
    public SubscriptionSet Subscriptions => _subscriptions ??= new SubscriptionSet();

    /// <summary>The same, or null. Any thread may look at its numbers.</summary>
    public SubscriptionSet? ExistingSubscriptions => _subscriptions;

    /// <summary>Whether the connection was cut off because it did not take its messages. Owner only.</summary>
    public bool IsCutOff => _cutOff != 0;

    /// <summary>Whether the connection's unsent output has been above the soft limit for as long as it may. To be asked with every message. Owner only.</summary>
    /// <param name="output">Unsent bytes.</param>
    /// <param name="services">Have the limit.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    public bool IsAboveSoftLimit(long output, NodeServices services, long now)
    {
        long limit = services.SoftSubscriberOutput;
        if (limit == 0 || output <= limit)
        {
            _aboveSince = 0;
            return false;
        }

        _aboveSince = _aboveSince == 0 ? now : _aboveSince;
        return now - _aboveSince > services.SoftOutputSeconds * 1_000_000_000;
    }

    /// <summary>Cuts the connection off; true the first time.</summary>
    public bool CutOff() => Interlocked.Exchange(ref _cutOff, 1) == 0; // pairs with itself

    private void EndSubscriptions(RespCall call)
    {
        if (_subscriptions is { Total: > 0 } set)
        {
            for (int slot = 0; slot < set.Used; slot++)
            {
                if (set.At(slot) is not null)
                {
                    call.Node.PubSub.Unsubscribe(this, slot);
                }
            }
        }
    }

    private void EndMonitoring(RespCall call)
    {
        if ((call.Connection->Flags & RespFlags.Monitor) != 0)
        {
            call.Connection->Flags &= ~RespFlags.Monitor;
            call.Node.Monitors.Remove(Token);
            call.Node.Attend(false);
        }
    }
}
