using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Memcached;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>Clients that speak memcached to a node, each with items of its own, and read those of all; what they were told is noted.
/// </summary>
internal sealed class ItemLoad
{
    private const int LongestBatch = 4;

    private readonly ItemSubject[][] _subjects;
    private readonly List<ItemSubject> _all = [];
    private readonly UniqueRegister _uniques = new();
    private readonly Func<long> _now;
    private long _acknowledged;

    /// <summary>Makes it.</summary>
    /// <param name="clients">How many clients.</param>
    /// <param name="subjects">How many items each has.</param>
    /// <param name="now">The clock, which rises from 1.</param>
    public ItemLoad(int clients, int subjects, Func<long> now)
    {
        _now = now;
        _subjects = new ItemSubject[clients][];
        for (int i = 0; i < clients; i++)
        {
            _subjects[i] = new ItemSubject[subjects];
            for (int j = 0; j < subjects; j++)
            {
                _subjects[i][j] = new ItemSubject("m" + i + "-" + j, _uniques);
                _all.Add(_subjects[i][j]);
            }
        }
    }

    /// <summary>How many clients there are.</summary>
    public int Clients => _subjects.Length;

    /// <summary>Writes that were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Runs one client.</summary>
    /// <param name="node">The node, which has a port for memcached's clients.</param>
    /// <param name="number">The client's.</param>
    /// <param name="random">Its own.</param>
    /// <param name="pause">Most milliseconds between two batches.</param>
    /// <param name="ends">Asked before each batch.</param>
    public void Serve(NodeUnderTest node, int number, Random random, int pause, Func<bool> ends)
    {
        using MemcachedClient client = new(node);
        List<ItemSubject> batch = [];
        while (!ends())
        {
            batch.Clear();
            string requests = string.Empty;
            for (int i = random.Next(LongestBatch); i >= 0; i--)
            {
                ItemSubject subject = _subjects[number][random.Next(_subjects[number].Length)];
                if (!batch.Contains(subject))
                {
                    batch.Add(subject);
                    requests += subject.Begin(random, _now());
                }
            }

            client.Send(requests);
            foreach (ItemSubject subject in batch)
            {
                Check(subject.Acknowledge(client.Line(), _now()));
                _ = Interlocked.Increment(ref _acknowledged);
            }

            if (random.Next(3) == 0)
            {
                ItemSubject other = _all[random.Next(_all.Count)];
                Check(other.Show(Ask(client, other.Key), _now()));
            }

            if (pause != 0)
            {
                Thread.Sleep(random.Next(pause));
            }
        }
    }

    /// <summary>Asks for all items by their uniques: those that have none get one.</summary>
    public void ShowAll(MemcachedClient client) => _all.ForEach(subject => Check(subject.Show(Ask(client, subject.Key), _now())));

    /// <summary>Compares a node with the model.</summary>
    /// <param name="client">A client of the node.</param>
    /// <param name="told">As in <see cref="ItemSubject.Judge"/>.</param>
    /// <param name="sent">The same.</param>
    /// <param name="forget">Whether a new life begins with what is there.</param>
    /// <param name="complaints">Gets what is wrong.</param>
    /// <returns>How many items there are.</returns>
    public int Judge(MemcachedClient client, long told, long sent, bool forget, List<string> complaints)
    {
        int present = 0;
        foreach (ItemSubject subject in _all)
        {
            ShownItem shown = Look(client, subject.Key);
            present += shown.Value is null ? 0 : 1;
            if (subject.Judge(shown, told, sent) is { } complaint)
            {
                complaints.Add(complaint);
            }

            if (forget)
            {
                subject.Forget(shown);
            }
        }

        if (forget)
        {
            _uniques.BeginLife();
        }

        return present;
    }

    private static void Check(string? complaint)
    {
        if (complaint is not null)
        {
            throw new XunitException(complaint);
        }
    }

    // Asks for the unique.
    private static ShownItem Ask(MemcachedClient client, string key)
    {
        string line = client.Call("gets " + key + "\r\n");
        if (line == "END")
        {
            return default;
        }

        string[] words = line.Split(' ');
        string value = ValueOf(client, words[3]);
        _ = client.Line();
        return new ShownItem(value, Number<uint>(words[2]), Number<ulong>(words[4]));
    }

    // Does not ask for the unique: who has none gets none.
    private static ShownItem Look(MemcachedClient client, string key)
    {
        client.Send($"mg {key} v f\r\nme {key}\r\n");
        string[] words = client.Line().Split(' ');
        string? value = words[0] == "EN" ? null : ValueOf(client, words[1]);
        string line = client.Line();
        if (value is null)
        {
            return default;
        }

        string unique = Array.Find(line.Split(' '), word => word.StartsWith("cas=", StringComparison.Ordinal))!;
        return new ShownItem(value, Number<uint>(words[2][1..]), Number<ulong>(unique[4..]));
    }

    private static string ValueOf(MemcachedClient client, string length)
    {
        string value = client.Bytes(Number<int>(length));
        _ = client.Bytes(2);
        return value;
    }

    private static T Number<T>(string digits)
        where T : IParsable<T>
        => T.Parse(digits, CultureInfo.InvariantCulture);
}
