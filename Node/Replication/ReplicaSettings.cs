using System.Threading;

namespace Epollsrv.Node;

/// <summary>What a replica goes by. What CONFIG SET may change is read anew each time it is needed. Any thread.</summary>
internal sealed class ReplicaSettings
{
    private bool _isReadOnly = true;
    private bool _servesStaleData = true;
    private long _priority = 100;
    private long _announcedPort;
    private byte[]? _announcedHost;
    private byte[]? _masterUser;
    private byte[]? _masterPassword;

    /// <summary>The master to begin with; null: none.</summary>
    public Master? First { get; set; }

    /// <summary>Whether a node that had replicas may start when its data are gone.</summary>
    public bool AllowsEmpty { get; set; }

    /// <summary>Whether keys whose values are no strings are left out instead of being an error.</summary>
    public bool SkipsOtherTypes { get; set; }

    /// <summary>Whether clients may not write (replica-read-only).</summary>
    public bool IsReadOnly
    {
        get => Volatile.Read(ref _isReadOnly); // pairs with the set
        set => Volatile.Write(ref _isReadOnly, value);
    }

    /// <summary>Whether clients may read while the link to the master is down (replica-serve-stale-data).</summary>
    public bool ServesStaleData
    {
        get => Volatile.Read(ref _servesStaleData); // pairs with the set
        set => Volatile.Write(ref _servesStaleData, value);
    }

    /// <summary>Sentinel prefers replicas with a lower one; 0: never promoted (replica-priority).</summary>
    public long Priority
    {
        get => Volatile.Read(ref _priority); // pairs with the set
        set => Volatile.Write(ref _priority, value);
    }

    /// <summary>The port that the master is told; 0: the one that the node listens on (replica-announce-port).</summary>
    public long AnnouncedPort
    {
        get => Volatile.Read(ref _announcedPort); // pairs with the set
        set => Volatile.Write(ref _announcedPort, value);
    }

    /// <summary>The address that the master is told; null: the one it sees (replica-announce-ip).</summary>
    public byte[]? AnnouncedHost
    {
        get => Volatile.Read(ref _announcedHost); // pairs with the set
        set => Volatile.Write(ref _announcedHost, value);
    }

    /// <summary>The user that logs in at the master; null: the default one (masteruser).</summary>
    public byte[]? MasterUser
    {
        get => Volatile.Read(ref _masterUser); // pairs with the set
        set => Volatile.Write(ref _masterUser, value);
    }

    /// <summary>The master's password; null: the node's own (masterauth).</summary>
    public byte[]? MasterPassword
    {
        get => Volatile.Read(ref _masterPassword); // pairs with the set
        set => Volatile.Write(ref _masterPassword, value);
    }
}
