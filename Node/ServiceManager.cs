using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// Tells the service manager that started the program (systemd, Type=notify) what the node is at, and feeds its watchdog while the event
/// loop and all workers make progress. sd_notify(3) describes the messages.
/// </summary>
internal sealed class ServiceManager
{
    private const string AddressVariable = "NOTIFY_SOCKET";
    private const string PeriodVariable = "WATCHDOG_USEC";
    private const string ProcessVariable = "WATCHDOG_PID";
    private const int ReadyMilliseconds = 1000;
    private const int RetryMilliseconds = 100;

    private readonly RunningNode _node;
    private readonly int _descriptor;

    // Nanoseconds within which the watchdog wants to hear something; 0: there is none.
    private readonly long _period;
    private long _nextCheck;
    private bool _isReady;

    private ServiceManager(RunningNode node, int descriptor, long period)
    {
        _node = node;
        _descriptor = descriptor;
        _period = period;
    }

    /// <summary>Connects to the service manager that the environment names.</summary>
    /// <returns>Null when it names none, or one that cannot be reached, which is logged.</returns>
    public static ServiceManager? Connect(RunningNode node)
    {
        if (ProcessText.Variable(AddressVariable) is not { Length: > 0 } name)
        {
            return null;
        }

        int descriptor = -Errno.NoEntry;
        if (SocketAddress.TryCreateNamed(name, out SocketAddress address))
        {
            descriptor = Socket.CreateDatagram(SocketAddress.FamilyUnix);
            int result = descriptor < 0 ? descriptor : Socket.Connect(descriptor, ref address);
            if (result < 0 && descriptor >= 0)
            {
                Descriptor.Close(descriptor);
                descriptor = result;
            }
        }

        if (descriptor >= 0)
        {
            return new ServiceManager(node, descriptor, WatchdogPeriod());
        }

        Log.Warning("the service manager cannot be told that the node is ready: " + AddressVariable + "=" + name + ": "
            + Errno.Describe(descriptor));
        return null;
    }

    /// <summary>The node is reading its keys, before it serves. Any thread.</summary>
    public void TellLoading() => Send(Status());

    /// <summary>The node serves. Any thread.</summary>
    public void TellReady()
    {
        Volatile.Write(ref _isReady, true); // pairs with TellReload
        Send("READY=1\n" + Status(), ReadyMilliseconds);
    }

    /// <summary>The node reads its configuration again, or has done so. Before it is ready for the first time, nobody is told. Any thread.
    /// </summary>
    /// <param name="isOver">Whether it has done so.</param>
    /// <param name="mistake">Why nothing was changed; null: it was.</param>
    public void TellReload(bool isOver, string? mistake = null)
    {
        if (!Volatile.Read(ref _isReady)) // pairs with TellReady
        {
            return;
        }

        string time = ValueText.FormatInteger(Clock.Monotonic() / 1000);
        string status = mistake is null ? Status() : "STATUS=not reloaded: " + mistake;
        Send(isOver ? "READY=1\n" + status : "RELOADING=1\nMONOTONIC_USEC=" + time + "\nSTATUS=reading the configuration again",
            ReadyMilliseconds);
    }

    /// <summary>For <see cref="ServerOptions.StopAsked"/>: the node stops, and may take as long as its settings allow.</summary>
    public static void TellStopping(Server server)
    {
        ServerOptions options = server.Options;
        long milliseconds = options.ShutdownDelay + (3L * options.DrainTimeout) + 10_000;
        RunningNode.Of(server).ServiceManager?.Send("STOPPING=1\nEXTEND_TIMEOUT_USEC="
            + ValueText.FormatInteger(milliseconds * 1000) + "\nSTATUS=stopping");
    }

    /// <summary>Feeds the watchdog when it is time. Event loop only.</summary>
    /// <returns>Milliseconds until the next call, or 0 when there is nothing to feed.</returns>
    public int Tick()
    {
        if (_period == 0)
        {
            return 0;
        }

        long now = Clock.Monotonic();
        if (now >= _nextCheck)
        {
            // A worker may wait for a snapshot as long as it takes (SAVE, DEBUG RELOAD).
            bool isWell = WorkerProgress.Check(_node.Server, now, _period / 2) || _node.Persistence is { Jobs.IsUrgent: true };
            if (isWell)
            {
                Send("WATCHDOG=1\n" + Status());
            }

            _nextCheck = now + (isWell ? _period / 4 : RetryMilliseconds * 1_000_000L);
        }

        return (int)Math.Clamp((_nextCheck - now + 999_999) / 1_000_000, 1, int.MaxValue);
    }

    private static long WatchdogPeriod()
    {
        bool isOurs = ProcessText.Variable(ProcessVariable) is not { } process
            || (ValueText.TryParseInteger(process, out long number) && number == Environment.ProcessId);
        return isOurs && ValueText.TryParseInteger(ProcessText.Variable(PeriodVariable) ?? string.Empty, out long microseconds)
            && microseconds is > 0 and < long.MaxValue / 1000 ? microseconds * 1000 : 0;
    }

    private string Status()
        => "STATUS=" + (_node.Server.IsLeaving ? "stopping" : _node.Common.IsLoading ? "loading the keys" : "serving") + ": "
            + ValueText.FormatInteger(_node.Server.Connections.Open) + " connections, "
            + ValueText.FormatInteger(_node.Store.Counters.Keys) + " keys";

    // A message that the service manager does not take in time is left out.
    private unsafe void Send(string text, int milliseconds = 0)
    {
        byte[] bytes = ByteText.Encode(text);
        fixed (byte* start = bytes)
        {
            if (Socket.Send(_descriptor, start, bytes.Length, 0) == -Errno.Again && milliseconds > 0
                && Descriptor.Poll(_descriptor, PollEntry.Out, milliseconds) > 0)
            {
                _ = Socket.Send(_descriptor, start, bytes.Length, 0);
            }
        }
    }
}
