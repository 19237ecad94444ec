using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

using Epollsrv.Engine;

using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// A node that a test talks to: in the test's own process on a thread of its own, or the published program. A place is
/// "DISPATCH REARM" for the former and "published DISPATCH REARM" for the latter.
/// </summary>
internal abstract class NodeUnderTest : IDisposable
{
    private const string PublishedWord = "published";

    private static readonly string[] _combinations =
        ["adaptive edge", "adaptive oneshot", "adaptive delete", "queue edge", "queue oneshot", "queue delete"];
    private static readonly string[] _publishedPlaces = [Published("adaptive edge"), Published("queue oneshot")];

    /// <summary>All six combinations, in process.</summary>
    public static TheoryData<string> Places => [.. _combinations];

    /// <summary>All six in process, and all six as the published program.</summary>
    public static TheoryData<string> AllPlaces => [.. _combinations, .. _combinations.Select(Published)];

    /// <summary>The published program in the two combinations that differ most.</summary>
    public static TheoryData<string> PublishedPlaces => [.. _publishedPlaces];

    /// <summary>The node's address on IPv4 loopback, where it listens unless the options say otherwise.</summary>
    public IPEndPoint Address => new(IPAddress.Loopback, Port);

    /// <summary>The port it chose.</summary>
    public abstract int Port { get; }

    /// <summary>What it logged so far.</summary>
    public abstract string LogText { get; }

    /// <summary>Waits until the log says something: that of a process is read beside what the process does.</summary>
    public void AwaitLog(string text) => Until(() => LogText.Contains(text, StringComparison.Ordinal), "its log says: " + text);

    /// <summary>The engine, when the node runs in this process.</summary>
    public abstract Server Server { get; }

    /// <summary>The process, when it is one of its own.</summary>
    public abstract Process Process { get; }

    /// <summary>Starts a node, runs the test, and stops the node. A failure is shown with the node's log.</summary>
    /// <param name="place">Where and in which combination.</param>
    /// <param name="body">The test.</param>
    /// <param name="options">Options of `epollsrv serve`.</param>
    public static void Run(string place, Action<NodeUnderTest> body, params string[] options)
    {
        using NodeUnderTest node = Start(place, options);
        _running = node;
        try
        {
            body(node);
            node.CheckAlive();
        }
        catch (Exception exception)
        {
            throw new XunitException(exception + "\n--- log of the node (" + place + ") ---\n" + node.LogText);
        }
    }

    // The node of the test that runs on this thread, for the report of a failure.
    [ThreadStatic]
    private static NodeUnderTest? _running;

    /// <summary>What its engine is at, for the report of a failure: connections, queues, sleeping threads.</summary>
    public virtual string StateText => string.Empty;

    /// <summary>Runs a test that mostly waits in all six combinations at the same time, in process.</summary>
    public static void RunEverywhere(Action<NodeUnderTest> body, params string[] options) => RunAtOnce(_combinations, body, options);

    /// <summary>The same, with all six of the published program as well.</summary>
    public static void RunEverywhereAndPublished(Action<NodeUnderTest> body, params string[] options)
        => RunAtOnce([.. _combinations, .. _combinations.Select(Published)], body, options);

    /// <summary>The same in the two combinations of the published program that differ most.</summary>
    public static void RunPublished(Action<NodeUnderTest> body, params string[] options) => RunAtOnce(_publishedPlaces, body, options);

    /// <summary>Runs something beside the test, on a thread of its own.</summary>
    public static Task Aside(Action body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Starts a node; the caller disposes it.</summary>
    public static NodeUnderTest Start(string place, params string[] options)
    {
        List<string> all = ["--port", "0", "--workers", "2"];
        string[] words = place.Split(' ');
        all.AddRange(["--dispatch", words[^2], "--rearm", words[^1]]);
        all.AddRange(options);
        return words[0] == PublishedWord ? new PublishedNode(all) : new InProcessNode(all);
    }

    /// <summary>A client, connected.</summary>
    public Client Connect(int receiveBuffer = 0, int sendBuffer = 0) => new(Address, receiveBuffer, sendBuffer);

    /// <summary>Asks for the orderly stop and waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public int Stop(int milliseconds = Patience.Milliseconds)
    {
        RequestStop();
        return WaitForExit(milliseconds);
    }

    /// <summary>Asks for the orderly stop.</summary>
    public abstract void RequestStop();

    /// <summary>Waits for the node's end; fails when it does not come.</summary>
    public abstract int WaitForExit(int milliseconds = Patience.Milliseconds);

    /// <summary>Fails when the node is gone.</summary>
    public abstract void CheckAlive();

    public abstract void Dispose();

    /// <summary>The sum of a counter over all threads of a node in process.</summary>
    public long Count(Func<Counters, long> counter)
    {
        long sum = 0;
        foreach (ThreadContext threadContext in Server.Threads)
        {
            sum += Read(threadContext, counter);
        }

        return sum;
    }

    /// <summary>Waits until something holds; fails when it does not come to hold, and says what: by itself the condition's text.</summary>
    public static void Until(
        Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "", int milliseconds = Patience.Milliseconds)
    {
        long deadline = Environment.TickCount64 + milliseconds;
        while (!condition())
        {
            if (Environment.TickCount64 > deadline)
            {
                throw new XunitException(
                    "not within " + milliseconds.ToString(CultureInfo.InvariantCulture) + " ms: " + what + "\n" + _running?.StateText);
            }

            Thread.Sleep(2);
        }
    }

    private static string Published(string combination) => PublishedWord + " " + combination;

    private static void RunAtOnce(string[] places, Action<NodeUnderTest> body, string[] options)
    {
        List<Exception> failures = [];
        Thread[] threads = [.. places.Select(place => new Thread(() =>
        {
            try
            {
                Run(place, body, options);
            }
            catch (Exception exception)
            {
                lock (failures)
                {
                    failures.Add(exception);
                }
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());

        // Every operation of a test has its own time-out, so that this ends.
        Array.ForEach(threads, static thread => thread.Join());
        if (failures.Count > 0)
        {
            throw new XunitException(string.Join("\n", failures));
        }
    }

    private static unsafe long Read(ThreadContext threadContext, Func<Counters, long> counter) => counter(*threadContext.Counters);
}
