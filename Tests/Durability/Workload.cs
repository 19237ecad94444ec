using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Memcached;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>Clients that write to a node, each to subjects of its own, and read those of all; what they were told is noted.</summary>
internal sealed class Workload
{
    private const int LongestBatch = 4;
    private const int Seconds = 60;

    private readonly Subject[][] _subjects;
    private readonly Func<long> _now;
    private long _time;
    private long _acknowledged;
    private volatile bool _ends;

    /// <summary>Makes it.</summary>
    /// <param name="clients">How many clients.</param>
    /// <param name="subjects">How many subjects each has.</param>
    /// <param name="now">The clock; null: one of its own.</param>
    /// <param name="itemClients">How many clients speak memcached, each with so many items.</param>
    public Workload(int clients, int subjects, Func<long>? now = null, int itemClients = 0)
    {
        _now = now ?? (() => Interlocked.Increment(ref _time));
        _subjects = new Subject[clients][];
        for (int i = 0; i < clients; i++)
        {
            _subjects[i] = Subject.Make("c" + i + "-", subjects);
            All.AddRange(_subjects[i]);
        }

        Items = new ItemLoad(itemClients, subjects, _now);
    }

    /// <summary>All subjects.</summary>
    public List<Subject> All { get; } = [];

    /// <summary>What the clients do that speak memcached.</summary>
    public ItemLoad Items { get; }

    /// <summary>Milliseconds that each client waits between two batches.</summary>
    public int Pause { get; init; }

    /// <summary>Writes that were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>The time, which rises.</summary>
    public long Now() => _now();

    /// <summary>Runs the clients beside something else, which may end the node.</summary>
    public void Run(NodeUnderTest node, int seed, Action meanwhile)
    {
        _ends = false;
        Action[] actions = new Action[_subjects.Length + Items.Clients + 1];
        for (int i = 0; i < actions.Length - 1; i++)
        {
            int number = i;
            int item = i - _subjects.Length;
            actions[i] = () =>
            {
                try
                {
                    Random random = new(seed + number);
                    if (item < 0)
                    {
                        Serve(node, _subjects[number], random);
                    }
                    else
                    {
                        Items.Serve(node, item, random, Pause, () => _ends);
                    }
                }
                catch (Exception exception) when (exception is SocketException or IOException)
                {
                    // The node was killed.
                }
            };
        }

        actions[^1] = () =>
        {
            try
            {
                meanwhile();
            }
            finally
            {
                _ends = true;
            }
        };
        Watchdog.Run(Seconds, () => (Acknowledged + Items.Acknowledged).ToString(CultureInfo.InvariantCulture), actions);
    }

    /// <summary>Compares a node with the model.</summary>
    /// <param name="client">A client of the node.</param>
    /// <param name="told">As in <see cref="Subject.Judge"/>.</param>
    /// <param name="sent">The same.</param>
    /// <param name="forget">Whether all begins anew with what is there.</param>
    /// <param name="items">A client that speaks memcached, when there are items.</param>
    /// <returns>Null, or all that is wrong.</returns>
    public string? Judge(RespClient client, long told, long sent, bool forget, MemcachedClient? items = null)
    {
        List<string> keys = [];
        All.ForEach(subject => keys.AddRange(subject.Keys));
        client.Send(["MGET", .. keys]);
        _ = client.Line();
        string?[] values = new string?[keys.Count];
        int present = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = client.Bulk();
            present += values[i] is null ? 0 : 1;
        }

        List<string> complaints = [];
        int at = 0;
        foreach (Subject subject in All)
        {
            ReadOnlySpan<string?> own = values.AsSpan(at, subject.Keys.Length);
            at += own.Length;
            if (subject.Judge(own, told, sent) is { } complaint)
            {
                complaints.Add(complaint);
            }

            if (forget)
            {
                subject.Forget(own[0]);
            }
        }

        present += items is null ? 0 : Items.Judge(items, told, sent, forget, complaints);
        string size = client.Call("DBSIZE");
        if (size != ":" + present)
        {
            complaints.Add("DBSIZE says " + size + ", and " + present + " of the keys are there");
        }

        return complaints.Count == 0 ? null : string.Join("\n", complaints);
    }

    private void Serve(NodeUnderTest node, Subject[] own, Random random)
    {
        using RespClient client = new(node);
        List<(Subject Subject, List<string[]> Commands)> batch = [];
        while (!_ends)
        {
            batch.Clear();
            int length = 1 + random.Next(LongestBatch);
            for (int i = 0; i < length; i++)
            {
                Subject subject = own[random.Next(own.Length)];
                if (!batch.Exists(pair => pair.Subject == subject))
                {
                    batch.Add((subject, subject.Begin(random, _now())));
                }
            }

            foreach ((_, List<string[]> commands) in batch)
            {
                commands.ForEach(command => client.Send(command));
            }

            foreach ((Subject subject, List<string[]> commands) in batch)
            {
                string reply = string.Empty;
                commands.ForEach(_ => reply = client.Reply());
                if (reply[0] == '-')
                {
                    throw new XunitException(commands[^1][0] + " answers " + reply);
                }

                subject.Acknowledge(_now());
                _ = Interlocked.Increment(ref _acknowledged);
            }

            if (random.Next(4) == 0)
            {
                Subject other = All[random.Next(All.Count)];
                string? shown = client.Value("GET", other.Keys[0]);
                if (other.Show(shown, _now()) is { } complaint)
                {
                    throw new XunitException(complaint);
                }
            }

            if (Pause != 0)
            {
                Thread.Sleep(random.Next(Pause));
            }
        }
    }
}
