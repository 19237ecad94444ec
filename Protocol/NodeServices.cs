using Epollsrv.Native;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Protocol;

/// <summary>
/// What the protocols' servers may use of the rest of the node, handed in by Commands (architecture.md: Protocol knows Ring and
/// Share only through function pointers). Set before the server runs, then read by all threads.
/// </summary>
internal sealed unsafe class NodeServices
{
    /// <summary>Makes the services of a node with this store.</summary>
    public NodeServices(KeyValueStore store)
    {
        Store = store;
        Resp = new RespNode();
    }

    /// <summary>The node's store.</summary>
    public KeyValueStore Store { get; }

    /// <summary>What all RESP connections share.</summary>
    public RespNode Resp { get; }

    /// <summary>The password that clients of RESP and HTTP have to give; null: none. At most 4096 bytes, not empty.</summary>
    public byte[]? Password { get; set; }

    /// <summary>Most arguments of a RESP request (--max-arguments).</summary>
    public int MaxArguments { get; set; } = 1024 * 1024;

    /// <summary>Longest RESP request, bytes (--max-request).</summary>
    public long MaxRequest { get; set; } = 1L << 30;

    /// <summary>What HTTP accepts.</summary>
    public HttpLimits Http { get; init; } = new();

    /// <summary>Number of the first listener of --admin-port; <see cref="int.MaxValue"/>: there is none, and every port serves everything.</summary>
    public int AdminListener { get; set; } = int.MaxValue;

    /// <summary>Host names in lower case that HTTP requests may be for, beside IP addresses and localhost; "*": any.</summary>
    public byte[][] AllowedHosts { get; set; } = [];

    /// <summary>Longest value, bytes (--max-value).</summary>
    public long MaxValue { get; set; } = 64L << 20;

    /// <summary>Unsent messages, bytes, after which a subscriber or monitor is closed (--max-subscriber-output).</summary>
    public long MaxSubscriberOutput { get; set; } = 32L << 20;

    /// <summary>Unsent messages, bytes, that a subscriber or monitor may have for <see cref="SoftOutputSeconds"/> before it is closed; 0: no such
    /// limit. Any thread.</summary>
    public long SoftSubscriberOutput { get; set; }

    /// <summary>How long, in seconds, see <see cref="SoftSubscriberOutput"/>. Any thread.</summary>
    public long SoftOutputSeconds { get; set; }

    /// <summary>Whether the node has a password. CS frames carry none, so that CS is then refused but for <see cref="CsOpen"/>.</summary>
    public bool RequiresPassword => Password is not null;

    /// <summary>Whether CS is answered for everybody although there is a password (--cs-open all).</summary>
    public bool CsOpenToAll { get; set; }

    /// <summary>The addresses CS is answered for although there is a password (--cs-open ADDRESS,...); ports do not count.</summary>
    public SocketAddress[] CsOpen { get; set; } = [];

    /// <summary>Who may use DEBUG (--enable-debug-command).</summary>
    public DebugAccess Debug { get; set; }

    /// <summary>Whether expired keys are removed in the background (DEBUG SET-ACTIVE-EXPIRE). Any thread.</summary>
    public bool RemovesExpired { get; set; } = true;

    /// <summary>Time spent on removing expired keys in the background. Written by the job, read in passing.</summary>
    public long ExpiryNanoseconds;

    /// <summary>Where the background expiry is. For the one job there is at a time.</summary>
    public SweepPosition ExpiryPosition;

    /// <summary>Expired keys removed since the present pass began. For the job alone.</summary>
    public long ExpiryRemoved;

    /// <summary>Milliseconds until the next look for expired keys. Written by the job, read by the loop's tick.</summary>
    public int ExpiryPause;

    /// <summary>1 while a job that removes expired keys is queued or running. Set by the loop's tick, taken back by the job.</summary>
    public int ExpiryQueued;

    /// <summary>Who registered what as a lease.</summary>
    public Cs.LeaseTable Leases { get; } = new();

    /// <summary>1 while a job that ends leases is queued or running. Set by the loop's tick, taken back by the job.</summary>
    public int LeaseJobQueued;

    /// <summary>Whoever looks after the shared folder; the protocols do not touch it.</summary>
    public object? ShareOwner { get; set; }

    /// <summary>What <see cref="OpenShared"/> is called with.</summary>
    public object? Share { get; set; }

    /// <summary>
    /// Opens a shared file by a peer's name: a descriptor that the caller closes, or −errno. May block on the disk: workers
    /// only. Null: the node shares nothing.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, int> OpenShared { get; set; }

    /// <summary>
    /// The identity of an open shared file (name, its length, its status), when it is hashed already: false otherwise, and hashing it may
    /// begin. Quick, workers only. Null: files are never hashed, and their entity tags are weak.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, SharedIdentity*, bool> IdentifyShared { get; set; }

    /// <summary>
    /// Describes a shared file's pieces (name, its length): adds the SHA-256 of each, 32 bytes one after the other, and fills in status and
    /// identity. 0; −EAGAIN while the file is being hashed, which now comes before others; −ENOENT and the rest of <see cref="OpenShared"/>'s
    /// errors, with nothing added. May block on the disk: workers only. Null: pieces are not told.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, SharedIdentity*, ByteBuilder, int> DescribePieces { get; set; }

    /// <summary>
    /// What <see cref="OpenUnfinished"/> and <see cref="DescribeUnfinished"/> are called with; null: <see cref="Share"/>. Whoever fetches sets it.
    /// </summary>
    public object? Unfinished { get; set; }

    /// <summary>
    /// As <see cref="DescribePieces"/> for a file that is still being fetched; the last argument receives the bitmap of the verified pieces, bit
    /// 7 of its first byte for the first piece, all of them zero while none is. Size of the status and Pieces of the identity are filled in,
    /// the list is complete and verified; −EAGAIN until it is; −ENOENT when no such download is under way. Null: unfinished downloads are not told.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, SharedIdentity*, ByteBuilder, ByteBuilder, int> DescribeUnfinished { get; set; }

    /// <summary>
    /// Opens the verified bytes of a file that is still being fetched, by name, its length, and the first and last byte that are wanted: a
    /// descriptor that the caller closes; −ENOENT when no such download is under way; −EAGAIN when not all of these bytes are verified yet.
    /// Fills in size and identity of the whole. Workers only. Null: unfinished downloads are not served.
    /// </summary>
    public delegate*<object, byte*, int, long, long, FileStatus*, SharedIdentity*, int> OpenUnfinished { get; set; }

    /// <summary>
    /// Shows every shared file to a visitor (its state, name, length, status): 0, or −errno when the folder could not be read to its end.
    /// May block on the disk: workers only. Null: the node shares nothing.
    /// </summary>
    public delegate*<object, object, delegate*<object, byte*, int, FileStatus*, void>, int> ListShared { get; set; }

    /// <summary>Adds families to /metrics (whole lines). Workers only. Null: nothing more.</summary>
    public delegate*<NodeServices, ByteBuilder, void> AddMetrics { get; set; }

    /// <summary>
    /// Adds members to /status.json, each with a comma in front: "ring" (number, address, up, self), "transfers" (name, size, done, peers), and
    /// what docs/HTTP.md says of files. Workers only. Null: nothing more.
    /// </summary>
    public delegate*<NodeServices, ByteBuilder, void> AddStatus { get; set; }
}
