using System.Runtime.CompilerServices;

namespace Epollsrv.Engine;

/// <summary>
/// Replies that wait for the log while the loop runs the other connections of a batch. The first one that is sent afterwards has the log
/// written for all of them, with one system call instead of one for each. Their connections stay the thread's. Event loop only.
/// </summary>
internal sealed unsafe class KeptReplies
{
    // Nobody waits much longer than this for the others of the batch.
    private const long MostNanoseconds = 500_000;

    // What is left of the thread's buffer is enough for any reply that is written into it.
    private const int MostBytes = ReplyOutput.Capacity / 4;

    private readonly KeptReply[] _kept = new KeptReply[ReceiveAhead.Most];
    private int _count;
    private nint _bytes;
    private long _begin;

    /// <summary>Whether the job that runs may leave its replies.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether there are any.</summary>
    public bool Any => _count > 0;

    /// <summary>A job begins that may leave its replies.</summary>
    public void Open(long now)
    {
        IsOpen = true;
        _begin = _count == 0 ? now : _begin;
    }

    /// <summary>The job is over.</summary>
    /// <returns>Whether the replies have waited long enough, for <see cref="SendAll"/>.</returns>
    public bool Close(long now)
    {
        IsOpen = false;
        return _count > 0 && now - _begin > MostNanoseconds;
    }

    /// <summary>Leaves the replies of a connection, when they wait for the log and nothing else is to be done about it.</summary>
    /// <returns>False: they are to be sent now.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // only asked while there is a log
    public bool TryKeep(ThreadContext thread, ConnectionSlot* slot, bool more)
    {
        ReplyOutput output = thread.Output;
        bool isPlain = slot->OutputHead == null && !output.HoldSending && !output.IsMuted && output.Length > 0;
        bool ends = thread.Broken || thread.Deferred || thread.PauseRequested || thread.Server.IsStopping;
        if (!isPlain || ends || output.Marks.Position <= thread.Server.Gate.Durable || _bytes + output.Length > MostBytes)
        {
            return false;
        }

        _bytes += output.Length;

        ref KeptReply kept = ref _kept[_count++];
        output.Keep(ref kept);
        kept.Token = thread.Token;
        kept.HasMore = more;
        return true;
    }

    /// <summary>Sends what was left, and goes on with those connections.</summary>
    public void SendAll(ThreadContext thread)
    {
        // The last one first: what lies behind it in the buffer is free for what else it is to be told.
        while (_count > 0)
        {
            ref KeptReply kept = ref _kept[--_count];
            ConnectionSlot* slot = thread.Server.Connections.Slot(kept.Token);
            thread.Begin(slot, kept.Token);
            thread.Output.TakeBack(in kept);
            ConnectionJob.Resume(thread, slot, kept.Token, kept.HasMore);
        }

        _bytes = 0;
    }
}
