using System;
using System.IO;
using Epollsrv.Journal;
using Epollsrv.Journal.Loading;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Memcached;
using Epollsrv.Tests.Unit.Journal;

namespace Epollsrv.Tests.Durability;

/// <summary>Loads one directory after the other into one node, which has none itself.</summary>
internal sealed unsafe class StateLoader : IDisposable
{
    private readonly InProcessNode _node = new(["--port", "0", "--workers", "1", "--memcached", "0"]);
    private readonly CommandReplay _replay;

    public StateLoader()
    {
        _replay = new CommandReplay(_node.Node.Resp, _node.Server, CommandSource.Loader);
        Client = new RespClient(_node);
        Items = new MemcachedClient(_node);
    }

    /// <summary>Sees what is loaded.</summary>
    public RespClient Client { get; }

    /// <summary>Sees the items.</summary>
    public MemcachedClient Items { get; }

    /// <summary>Loads a directory, as a node does when it starts.</summary>
    /// <returns>Null, or why it would not start.</returns>
    public string? Load(string path)
    {
        _ = Client.Call("FLUSHALL");
        Disk disk = new QuickDisk();
        using DataFolder? folder = DataFolder.Open(disk, path, out string error);
        if (folder is null)
        {
            return error;
        }

        Manifest? manifest = folder.Load(out error);
        if (manifest is null && error.Length != 0)
        {
            return error;
        }

        ReplayTarget target = new() { Owner = _replay, Run = &Run, Select = &Select, Error = &ErrorOf };
        LogLoader loader = new(_replay.Access, folder, disk, target) { Progress = new LoadProgress(), Warn = static _ => { } };
        bool loaded = manifest is { Last: not null } ? loader.Load(manifest) : !File.Exists(folder.DumpPath) || loader.LoadDump();
        return loaded ? null : loader.Error ?? "no reason";
    }

    public void Dispose()
    {
        Client.Dispose();
        Items.Dispose();
        _node.Dispose();
    }

    private static ReplayOutcome Run(object owner, Argument* arguments, int count)
        => ((CommandReplay)owner).Execute(arguments, count) switch
        {
            CommandOutcome.Done => ReplayOutcome.Done,
            CommandOutcome.Failed => ReplayOutcome.Failed,
            _ => ReplayOutcome.Refused,
        };

    private static void Select(object owner, int database) => _ = ((CommandReplay)owner).Call.TrySelect(database);

    private static string ErrorOf(object owner) => ByteText.Decode(((CommandReplay)owner).Error);
}
