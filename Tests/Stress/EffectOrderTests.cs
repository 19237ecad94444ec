using System;
using System.Collections.Generic;
using System.Globalization;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;
using Epollsrv.Tests.Integration;
using Xunit;

namespace Epollsrv.Tests.Stress;

/// <summary>
/// Threads of random commands over RESP, HTTP and CS, with expiry, eviction, EXEC, FLUSHALL and SWAPDB in
/// three databases: who knows only the effects, and who replays the log records into an empty node, ends with
/// the store's keys, values and times; and a subscriber gets a key's events in the order of its effects.
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed class EffectOrderTests
{
    // Expiry times are either a few milliseconds away or hours: what is left at the end is the latter.
    private const long Soon = 60_000;

    [Theory]
    [InlineData(2500, "0")]
    [InlineData(2500, "400kb")]
    public void Effects_and_log_records_lead_where_the_store_is(int rounds, string maximum)
    {
        int seed = TestSeed.Choose();
        List<string> options =
            ["--port", "0", "--workers", "4", "--max-memory", maximum, "--eviction", "allkeys-lru", "--max-subscriber-output", "1gb"];
        using InProcessNode node = new(options);
        using RespClient control = new(node);
        Assert.Equal("+OK", control.Call("CONFIG", "SET", "notify-keyspace-events", "EA"));
        using RespClient subscriber = new(node);
        _ = subscriber.Call("PSUBSCRIBE", "__keyevent@*");
        Dictionary<string, List<string>> heard = [];
        Beside listening = new(() => Listen(subscriber, heard));
        EffectModel.Observe(node.Node.Store, node.Node.Resp);
        List<Beside> threads = [];
        for (int i = 0; i < 8; i++)
        {
            Random random = new(unchecked(seed + (i * 7919)));
            int number = i;
            threads.Add(new Beside(() => EffectWorkload.Run(node, random, number, rounds)));
        }

        threads.ForEach(thread => thread.Check(10 * Patience.Milliseconds));

        // The last short times pass, and the sweep removes what has expired.
        long last = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        NodeUnderTest.Until(() => Remaining(control, last), "keys whose time has passed are removed");
        Assert.Equal(":1", control.Call("PUBLISH", "__keyevent@0__:end", "end"));
        listening.Check();
        SortedDictionary<string, string> state = EffectWorkload.StateOf(control);
        node.Node.Store.Observe(ObserverKinds.Journal, false);
        StoreCounters counters = node.Node.Store.Counters;
        Assert.True(counters.Expired > 0 && (counters.Evicted > 0 || maximum == "0"), "nothing expired, or nothing was evicted");

        SortedDictionary<string, string> applied = [];
        foreach ((string key, (string value, long expiry)) in EffectModel.Keys)
        {
            applied[key] = value + " @" + expiry.ToString(CultureInfo.InvariantCulture);
        }

        Assert.Equal(state, applied);
        Assert.Equal(state, Replay());
        foreach ((string key, List<string> words) in EffectModel.Words)
        {
            Assert.Equal(string.Join(' ', words), string.Join(' ', heard.GetValueOrDefault(key, [])));
        }
    }

    private static bool Remaining(RespClient control, long last)
    {
        SortedDictionary<string, string> state = EffectWorkload.StateOf(control);
        foreach ((string _, string value) in state)
        {
            long expiry = long.Parse(value.AsSpan(value.LastIndexOf('@') + 1), CultureInfo.InvariantCulture);
            if (expiry != 0 && expiry < last + Soon)
            {
                return false;
            }
        }

        // DBSIZE counts those too that have expired and are still to be removed.
        long keys = 0;
        for (int database = 0; database < EffectWorkload.Databases; database++)
        {
            _ = control.Call("SELECT", database.ToString(CultureInfo.InvariantCulture));
            keys += long.Parse(control.Call("DBSIZE").AsSpan(1), CultureInfo.InvariantCulture);
        }

        return keys == state.Count;
    }

    private static string? Listen(RespClient subscriber, Dictionary<string, List<string>> heard)
    {
        while (true)
        {
            string[] lines = subscriber.Reply().Split("\r\n");
            string word = lines[6][(lines[6].IndexOf(':', StringComparison.Ordinal) + 1)..];
            if (word == "end")
            {
                return null;
            }

            // The second name of RENAME, and of MOVE, is told without an effect.
            if (word is not ("rename_to" or "move_to"))
            {
                string key = lines[6]["__keyevent@".Length..lines[6].IndexOf("__:", StringComparison.Ordinal)] + "/" + lines[8];
                if (!heard.TryGetValue(key, out List<string>? words))
                {
                    words = [];
                    heard.Add(key, words);
                }

                words.Add(word);
            }
        }
    }

    // The log told to an empty node: nothing expires there by itself.
    private static SortedDictionary<string, string> Replay()
    {
        using InProcessNode empty = new(["--port", "0"]);
        empty.Node.Resp.Options.RemovesExpired = false;
        foreach (CommandContext call in empty.Node.Resp.Calls)
        {
            call.Access.OwnMode = AccessMode.Told;
        }

        using RespClient client = new(empty);
        byte[] log = EffectModel.Log.ToArray();
        Beside sending = new(() =>
        {
            client.Client.Send(log);
            client.Send("ECHO", "the log is over");
            return null;
        });
        string reply;
        do
        {
            reply = client.Reply();
            Assert.False(reply[0] == '-', reply);
        }
        while (!reply.Contains("the log is over", StringComparison.Ordinal));

        sending.Check();
        return EffectWorkload.StateOf(client);
    }
}
