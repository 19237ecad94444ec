using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

using Epollsrv.Commands;
using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Share;

using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Integration;

/// <summary>A node on a thread of the test's process: no signals, everything else as in the program.</summary>
internal sealed unsafe class InProcessNode : NodeUnderTest
{
    // The engine's log is a plain function pointer: one log for all nodes of the process, the latest lines of it.
    private const int LogLines = 100;

    private static readonly ConcurrentQueue<string> _log = new();

    private readonly RunningNode _node;
    private readonly Thread _thread;
    private readonly SharedFolder? _folder;
    private Exception? _failure;
    private int _code = -1;
    private bool _savedAll;

    /// <summary>Starts a node and waits until its data are loaded.</summary>
    /// <param name="arguments">Options of `epollsrv serve`.</param>
    /// <param name="disk">What changes files, with --data.</param>
    public InProcessNode(List<string> arguments, Disk? disk = null)
    {
        OptionSet options = ServeOptions.Declare();
        Assert.Equal(OptionSet.GoOn, options.Parse([.. arguments]));
        Assert.Equal(OptionSet.GoOn, ServeOptions.Read(options, out Settings settings));
        settings.Engine.HandleSignals = false;
        Signals.IgnoreBrokenPipe();
        _node = new RunningNode(settings);

        // On a busy machine any command may be slow, and its entry would count among the bytes held.
        _node.Resp.SlowLog.SetThreshold(_node.Resp, -1);
        settings.Engine.Log = &Write;
        if (settings.Share is not null && _node.Common.Files.Open == null)
        {
            _folder = SharedFolder.TryOpen(settings.Share, out int error);
            Assert.Equal(0, error);
            _folder!.MostFiles = settings.MaxSharedFiles;
            _ = NodeShare.Serve(_folder!, _node);
        }

        Assert.True(settings.Data.Folder is null || NodePersistence.Open(_node, settings.Data, disk) is not null, "--data is refused");
        Assert.True(_node.Server.Listen(out string complaint), complaint);
        _node.Persistence?.Start();
        _thread = new Thread(() =>
        {
            try
            {
                _code = _node.Server.Run();
                _node.Replication.Handover.Close();
                _node.Replication.Promotion.Close();
                _node.Replication.Link.Takeover.Close();
                _node.Feed.Close();
                _savedAll = _node.Persistence is null || _node.Persistence.Close();
            }
            catch (Exception exception)
            {
                _failure = exception;
            }
        })
        { IsBackground = true, Name = "node" };
        _thread.Start();
        if (_node.Persistence is { } persistence)
        {
            SpinWait.SpinUntil(() => !persistence.IsLoading || persistence.HasFailed, Patience.Milliseconds);
        }
    }

    public override int Port
    {
        get
        {
            foreach (SocketAddress address in _node.Server.BoundAddresses)
            {
                if (address.Port != 0)
                {
                    return address.Port;
                }
            }

            return 0;
        }
    }

    public override string LogText => string.Join('\n', _log);

    public override string StateText
    {
        get
        {
            Server server = _node.Server;
            System.Text.StringBuilder text = new();
            _ = text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"jobs {server.Queues.Short.Count} long {server.Queues.Long.Count} sleeping {server.Parking.Sleeping} ");
            _ = text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"short jobs for workers {server.Wakeup.MayTakeShort} watched {server.Watched} buffers {server.Buffers.InUse}");
            for (int index = 0; index < server.Connections.Used; index++)
            {
                ConnectionSlot* slot = server.Connections.At(index);
                _ = text.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $"\n  {index}: descriptor {slot->Descriptor} state {slot->State:x} flags {slot->Flags} ");
                _ = text.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $"input {slot->InputLength}/{slot->InputCapacity} needed {slot->Needed} output {slot->OutputBytes} held {slot->Held}");
            }

            return text.ToString();
        }
    }

    public override Server Server => _node.Server;

    /// <summary>The node.</summary>
    public RunningNode Node => _node;

    /// <summary>After the end: whether its log was written to the end.</summary>
    public bool SavedAll => _savedAll;

    public override Process Process => throw new NotSupportedException();

    public override void RequestStop()
    {
        // Not after the end: the descriptor that wakes the loop may by then be another test's.
        if (_thread.IsAlive)
        {
            _node.Server.RequestStop();
        }
    }

    public override int WaitForExit(int milliseconds = Patience.Milliseconds)
    {
        if (!_thread.Join(milliseconds))
        {
            throw new XunitException("the node does not stop; log:\n" + LogText);
        }

        return _failure is null ? _code : throw new XunitException(_failure.ToString());
    }

    public override void CheckAlive()
    {
        if (_failure is not null)
        {
            throw new XunitException(_failure.ToString());
        }
    }

    public override void Dispose()
    {
        _ = Stop();
        _folder?.Close();
    }

    private static void Write(int level, string text, ReadOnlySpan<LogField> fields)
    {
        if (text.StartsWith("internal error", StringComparison.Ordinal))
        {
            // The process is about to end: the test host's report shows what is on standard error.
            Console.Error.WriteLine(text);
        }

        _log.Enqueue(level + " " + text);
        while (_log.Count > LogLines)
        {
            _ = _log.TryDequeue(out _);
        }
    }
}
