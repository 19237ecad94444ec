using System;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>
/// The C program's console, with its questions and lines word for word, so that scripts that drove it go on working:
/// 1 registers the folder's files; 2, a name, the number of a peer: fetches into the current folder; 3, a name: the
/// performance test; 4 or the end of input: ends. What this program knows better goes to standard error. One thread.
/// </summary>
internal sealed class ConsoleSession : IDisposable
{
    private const long WithdrawalBudget = 2_000_000_000;

    private readonly PeerAddress[] _nodes;
    private readonly byte[] _holder;
    private readonly string _folder;
    private readonly int _rounds;
    private readonly int _stop;
    private readonly ConsoleInput _input;
    private readonly RingClient _client;
    private readonly RingOperation _operation = new();
    private readonly NameSet _registered = new();

    /// <summary>Prepares the console.</summary>
    /// <param name="nodes">The ring.</param>
    /// <param name="self">This node's index.</param>
    /// <param name="folder">The shared folder.</param>
    /// <param name="rounds">Rounds of each part of the performance test.</param>
    /// <param name="stop">A descriptor that becomes readable when the node stops.</param>
    public ConsoleSession(PeerAddress[] nodes, int self, string folder, int rounds, int stop)
    {
        _nodes = nodes;
        _holder = OwnAddress.Holder(nodes[self]);
        _folder = folder;
        _rounds = rounds;
        _stop = stop;
        _input = new ConsoleInput(stop);
        _client = new RingClient(nodes, RingClient.DefaultTimeout, RingOptions.Warn);
    }

    /// <summary>Asks and answers until 4 or the end of input; then withdraws what was registered.</summary>
    public void Run()
    {
        while (true)
        {
            Print("\nSelect Operation\n(1) Register (2) Get file (3) Run tests\n(4) Exit\nPlease enter your selection (1-4)\t"u8);
            switch (_input.Word())
            {
                case "1":
                    Register();
                    break;
                case "2":
                    Fetch();
                    break;
                case "3":
                    Test();
                    break;
                case "4" or null:
                    Withdraw();
                    return;
                case { } other:
                    Print("\n\nWrong value: " + OptionSet.Readable(other) + "\n");
                    break;
            }
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _client.Dispose();
        _registered.Dispose();
    }

    private static void Print(string text) => StandardOutput.Write(text);

    private static void Print(ReadOnlySpan<byte> text) => _ = StandardOutput.Write(1, text);

    private static string Number(int number) => ValueText.FormatInteger(number);

    private void Register()
    {
        using NameSet? names = RegisterCommand.ListFolder(_folder);
        for (int place = 0; place < (names?.Capacity ?? 0); place++)
        {
            if (names!.TryAt(place, out ReadOnlySpan<byte> name))
            {
                _ = _registered.Add(name);
                Tell(RingVerb.Register, name, "PUT", "Put");
            }
        }
    }

    // The C program leaves its files registered; ours would then be offered by a node that is gone.
    private void Withdraw()
    {
        long until = Clock.Monotonic() + WithdrawalBudget;
        for (int place = 0; place < _registered.Capacity && Clock.Monotonic() < until; place++)
        {
            if (_registered.TryAt(place, out ReadOnlySpan<byte> name))
            {
                Tell(RingVerb.Withdraw, name, "DEL", "Del");
            }
        }
    }

    // Owner and replica, one after the other.
    private void Tell(RingVerb verb, ReadOnlySpan<byte> name, string command, string word)
    {
        int owner = _client.Map.Owner(name);
        int replica = _client.Map.Replica(owner);
        Print(command + " Server Id: " + Number(owner) + "\n");
        for (int node = owner; node >= 0; node = node == owner ? replica : -1)
        {
            bool done = _client.Run(_operation.Set(verb, name, _holder, node)) == RingResult.Done;
            PrintFrames(_operation.Result);
            Print("\n" + word);
            Print(done ? " operation successful\n"u8 : " operation failed\n"u8);
            if (_operation.Failure.Length > 0)
            {
                RingOptions.Warn(_operation.Failure);
            }
        }
    }

    // Frames have one length.
    private static void PrintFrames(RingResult result)
    {
        if (result != RingResult.Unreachable)
        {
            Print("Bytes written by peer: 1500\nBytes read from server: 1500\n"u8);
        }
    }

    private void Fetch()
    {
        Print("Enter file name: \t"u8);
        if (_input.Word() is not { } name)
        {
            return;
        }

        Print("\n"u8);
        if (Search(name) is not { } key)
        {
            return;
        }

        PeerAddress[] peers = Holders.Parse(_operation.Value);
        while (true)
        {
            Print("Available Peers: " + Number(peers.Length) + "\n");
            for (int i = 0; i < peers.Length; i++)
            {
                Print("Peer " + Number(i) + ": " + peers[i].Host + " " + Number(peers[i].Port) + "\n");
            }

            Print("Enter the number of peer you want to connect to: \t"u8);
            if (_input.Word() is not { } answer)
            {
                return;
            }

            if (ValueText.TryParseInteger(answer, out long number) && number >= 0 && number < peers.Length)
            {
                FetchFrom(peers[number], key, name);
                return;
            }

            Print("Wrong input. Enter again\n\n"u8);
        }
    }

    // The GET; null when the ring knows nobody who has the file.
    private byte[]? Search(string name)
    {
        if (ToKey(name) is not { } key)
        {
            Print("\nGet operation failed\n"u8);
            return null;
        }

        Print("GET Server Id: " + Number(_client.Map.Owner(key)) + "\n");
        RingResult result = _client.Run(_operation.Set(RingVerb.Get, key));
        PrintFrames(result);
        Print(result switch
        {
            RingResult.Done => "\nGet operation successful\n"u8,
            RingResult.Unreachable => "Get operation failed: Both server nodes down\n"u8,
            _ => "\nGet operation failed\n"u8,
        });
        if (_operation.Failure.Length > 0)
        {
            RingOptions.Warn(_operation.Failure);
        }

        return result == RingResult.Done ? key : null;
    }

    private static byte[]? ToKey(string name)
    {
        byte[] key = ByteText.Encode(name);
        if (key.Length <= Protocol.Cs.CsFrame.MaximumKey && !name.Contains('/') && name is not ("." or ".."))
        {
            return key;
        }

        RingOptions.Warn("\"" + OptionSet.Readable(name) + "\" is not a file name");
        return null;
    }

    // What has arrived is served to others through the node meanwhile.
    private void FetchFrom(PeerAddress peer, byte[] key, string name)
    {
        Print("Connecting to peer at " + peer.Host + " on port " + Number(peer.Port) + "\n");
        if (Array.FindIndex(_nodes, node => node.Host == peer.Host && node.Port == peer.Port) is >= 0 and int index
            && _client.IsOpen(index))
        {
            Print("Already connected to peer\n"u8);
        }

        FetchProgress progress = new(FetchProgress.None);
        DownloadOptions options = new()
        {
            Name = key,
            DisplayName = OptionSet.Readable(name),
            Target = name,
            Timeout = RingClient.DefaultTimeout,
            Warn = progress.Warn,
            Holder = _holder,
        };
        int code = FetchCommand.FromPeers(options, [peer], new PeerHolders(_client, key) { OnlyRegisters = true }, progress, null);
        Print(code == ExitCode.Success ? "File transfer complete\n"u8 : "Peer: Error occured on file server\n"u8);
    }

    private void Test()
    {
        using NameSet? names = RegisterCommand.ListFolder(_folder);
        if (names is null)
        {
            return;
        }

        PerfTest test = new(_client, _rounds, _stop);
        PrintAverage("PUT", test.Register(names.ToArray(), _holder));

        // The test takes back what it registers; afterwards everything is, as with the C program.
        for (int place = 0; place < names.Capacity; place++)
        {
            if (names.TryAt(place, out ReadOnlySpan<byte> name))
            {
                _ = _registered.Add(name);
                _ = _client.Run(_operation.Set(RingVerb.Register, name, _holder));
            }
        }

        Print("\nEnter name of file which will be used\nfor testing SEARCH and OBTAIN operations: \t"u8);
        if (_input.Word() is { } file && ToKey(file) is { } key)
        {
            Print("\n"u8);
            PrintAverage("SEARCH", test.Search(key));
            PrintAverage("OBTAIN", test.Obtain(key));
        }
    }

    private static void PrintAverage(string what, PerfPhase phase)
    {
        if (phase.Failure is { } failure)
        {
            RingOptions.Warn(phase.Name + ": " + failure);
        }

        Print("Average Response time for " + what + " requests: " + ValueText.FormatInteger(phase.MeanNanoseconds / 1_000_000) + "."
            + ValueText.FormatInteger(phase.MeanNanoseconds % 1_000_000).PadLeft(6, '0') + " ms\n");
    }
}
