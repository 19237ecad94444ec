using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol;

/// <summary>What the protocols of a node share, and what Node hands down to all of them. Made before the threads start.</summary>
internal sealed unsafe class ProtocolCommon
{
    private bool _notifies;
    private int _checks;

    /// <summary>Makes what is shared by the protocols of a node with this store.</summary>
    public ProtocolCommon(KeyValueStore store, ProtocolOptions options)
    {
        Store = store;
        Options = options;
    }

    /// <summary>The node's store.</summary>
    public KeyValueStore Store { get; }

    /// <summary>What all protocols go by.</summary>
    public ProtocolOptions Options { get; }

    /// <summary>Who guesses the password.</summary>
    public PasswordGuard Guard { get; } = new();

    /// <summary>The files the node shares.</summary>
    public SharedFiles Files { get; } = new();

    /// <summary>How the data are kept on disk; null: they are not. Set by Node before the threads start.</summary>
    public Persistence? Persistence { get; set; }

    /// <summary>The node's part in replication; null: it has none. Set by Node before the threads start.</summary>
    public Replication? Replication { get; set; }

    /// <summary>Whether the data are being read, from the disk or from a master: nothing may be asked or changed. Any thread.</summary>
    public bool IsLoading => Persistence is { IsLoading: true } || Replication is { IsLoading: true };

    /// <summary>Whether changes of keys have to be published (<see cref="PublishEvents"/>). Any thread.</summary>
    public bool Notifies
    {
        get => Volatile.Read(ref _notifies); // pairs with the set
        set => Volatile.Write(ref _notifies, value);
    }

    /// <summary>Whether something is on that commands are checked against or shown to (<see cref="CheckCommands"/>). Any thread.</summary>
    public bool ChecksCommands => Volatile.Read(ref _checks) != 0; // pairs with CheckCommands

    /// <summary>
    /// Has every command of every connection checked against pauses and the like, and shown to monitors, as long as more of them were
    /// turned on than off. Any thread.
    /// </summary>
    public void CheckCommands(bool on) => Interlocked.Add(ref _checks, on ? 1 : -1); // pairs with ChecksCommands

    /// <summary>
    /// While <see cref="ChecksCommands"/>: whether a write of a connection that does not speak RESP has to wait. Then it is to pause its
    /// input, and is woken when it may try again. Set by Node.
    /// </summary>
    public delegate*<ThreadContext, bool> HoldsWrite { get; set; }

    /// <summary>While <see cref="ChecksCommands"/>: whether writes are refused because too few replicas follow. Set by Node.</summary>
    public delegate*<ThreadContext, bool> HasTooFewReplicas { get; set; }

    /// <summary>Called by <see cref="Show"/>. Set by Node.</summary>
    public delegate*<ThreadContext, WrittenKey*, void> ShowWrite { get; set; }

    /// <summary>
    /// While <see cref="ChecksCommands"/>: shows a write of a connection that does not speak RESP to monitors, as the RESP command that
    /// does the same. No partition may be held.
    /// </summary>
    public void Show(ThreadContext thread, WriteVerb verb, byte* key, int keyLength, byte* value, int valueLength, long expiry = 0)
    {
        WrittenKey written = new()
        {
            Verb = verb,
            Key = key,
            KeyLength = keyLength,
            Value = value,
            ValueLength = valueLength,
            Expiry = expiry,
        };
        ShowWrite(thread, &written);
    }

    /// <summary>Publishes what a thread's work on keys left to tell. No partition may be held. Set by Node.</summary>
    public delegate*<ThreadContext, void> PublishEvents { get; set; }

    /// <summary>Whether publishing an event takes so long that whoever changes keys needs a worker. Set by Node.</summary>
    public delegate*<ThreadContext, bool> PublishesMuch { get; set; }

    /// <summary>Reads the node's files of settings again. Answers null, or what is wrong in them: nothing was changed then. Workers only.
    /// Set by Node.</summary>
    public delegate*<Server, string?> Reload { get; set; }

    /// <summary>Called after the store's maximum or policy changed. Any thread. Set by Node.</summary>
    public delegate*<Server, void> MemoryChanged { get; set; }
}
