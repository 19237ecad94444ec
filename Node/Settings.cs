using System;
using System.Collections.Generic;
using Epollsrv.Engine;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Memcached;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// All settings of a node, checked. A value lives in one place: in the options of the layer that goes by it, which that layer holds as
/// well and which Settings
/// only names, or here when it is Node's own. <see cref="SettingList"/> says which option and which parameter of CONFIG each is. What may
/// change while
/// the node runs says so where it lives.
/// </summary>
internal sealed class Settings
{
    /// <summary>More connections than this nobody asks for.</summary>
    public const int MostClients = 1_000_000;

    /// <summary>The engine's options, addresses included; protocols and function pointers are filled in by
    /// <see cref="RunningNode"/>.</summary>
    public ServerOptions Engine { get; } = new();

    /// <summary>What the store begins with.</summary>
    public StoreOptions Store { get; } = new();

    /// <summary>What all protocols go by.</summary>
    public ProtocolOptions Protocols { get; } = new();

    /// <summary>How the data are kept on disk.</summary>
    public DataSettings Data { get; } = new();

    /// <summary>Whom the node follows, and how.</summary>
    public ReplicaSettings Replica { get; } = new();

    /// <summary>What CS goes by.</summary>
    public CsOptions Cs { get; } = new();

    /// <summary>What HTTP accepts.</summary>
    public HttpOptions Http { get; } = new();

    /// <summary>What RESP goes by.</summary>
    public RespOptions Resp { get; } = new();

    /// <summary>What memcached goes by.</summary>
    public MemcachedOptions Memcached { get; } = new();

    /// <summary>The node that was made with these settings; null: none yet.</summary>
    public RunningNode? Node { get; set; }

    /// <summary>Bytes the store may take; 0: no limit. Lives in the store as soon as there is one. Any thread.</summary>
    public long MaxMemory
    {
        get => Node is null ? Store.MaxMemory : Node.Store.MaxMemory;
        set
        {
            if (Node is null)
            {
                Store.MaxMemory = value;
            }
            else
            {
                Node.Store.MaxMemory = value;
            }
        }
    }

    /// <summary>Which keys make room at the maximum. Lives in the store as soon as there is one. Any thread.</summary>
    public EvictionPolicy Eviction
    {
        get => Node is null ? Store.Policy : Node.Store.Policy;
        set
        {
            if (Node is null)
            {
                Store.Policy = value;
            }
            else
            {
                Node.Store.Policy = value;
            }
        }
    }

    /// <summary>The options that the command line, the environment or the file of settings gave, without their dashes.</summary>
    public string[] Given { get; set; } = [];

    /// <summary>What the file of settings has that is no option.</summary>
    public StartParameter[] Parameters { get; set; } = [];

    /// <summary>The parameters of CONFIG that files have set. Changed before the node's threads start, and by whoever reloads.</summary>
    public List<AppliedParameter> Applied { get; } = [];

    /// <summary>Reads the files of settings again. Null: there are none. Answers null, or what was wrong, for people; then nothing was
    /// changed. May read files: workers only.</summary>
    public Func<string?>? Reload { get; set; }

    /// <summary>What a file has set of a parameter; null: none has.</summary>
    public AppliedParameter? FindApplied(int number)
    {
        foreach (AppliedParameter parameter in Applied)
        {
            if (parameter.Number == number)
            {
                return parameter;
            }
        }

        return null;
    }

    /// <summary>Whether an option was given; for the password, in any way.</summary>
    public bool Gives(string option) => Array.IndexOf(Given, option) >= 0 || (option == "password" && Gives("password-file"));

    /// <summary>The folder to share; null: none.</summary>
    public string? Share { get; set; }

    /// <summary>Most files of it that are registered with the ring, and listed.</summary>
    public int MaxSharedFiles { get; set; } = 1_000_000;

    /// <summary>The ring; null: a node alone.</summary>
    public RingSettings? Ring { get; set; }

    /// <summary>Whether the node confines itself.</summary>
    public SandboxMode Sandbox { get; set; }

    /// <summary>The files that settings were read from, and may be read from again. Entries may be null.</summary>
    public string?[] Files { get; set; } = [];

    /// <summary>Whether the port was left to the kernel, so that the user has to be told.</summary>
    public bool PrintPort { get; set; }
}
