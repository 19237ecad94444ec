using System;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>
/// The C program's console: 1 registers the folder's files; 2, a name, the number of a peer: fetches into the current folder; 3, a name: the performance
/// test; 4 or the end of input: ends. Anything else is said and asked for again. One thread.
/// </summary>
internal sealed class ConsoleSession : IDisposable
{
    private const string Menu = "1 register  2 fetch  3 performance test  4 exit: ";
    private const long Budget = 60_000_000_000;
    private const long WithdrawalBudget = 2_000_000_000;

    private readonly RingNode[] _nodes;
    private readonly byte[] _holder;
    private readonly string _folder;
    private readonly int _rounds;
    private readonly int _stop;
    private readonly ConsoleInput _input;
    private readonly RegistrationClient _registrations;
    private readonly RingClient _client;

    /// <summary>Prepares the console.</summary>
    /// <param name="nodes">The ring.</param>
    /// <param name="self">This node's index.</param>
    /// <param name="folder">The shared folder.</param>
    /// <param name="rounds">Rounds of each part of the performance test.</param>
    /// <param name="stop">A descriptor that becomes readable when the node stops.</param>
    public ConsoleSession(RingNode[] nodes, int self, string folder, int rounds, int stop)
    {
        _nodes = nodes;
        _holder = OwnNode.Holder(nodes[self]);
        _folder = folder;
        _rounds = rounds;
        _stop = stop;
        _input = new ConsoleInput(stop);
        _registrations = new RegistrationClient(nodes, _holder, RingClient.DefaultTimeout, RingOptions.Warn);
        _client = new RingClient(nodes, RingClient.DefaultTimeout, RingOptions.Warn);
    }

    /// <summary>Asks and answers until 4 or the end of input; then withdraws what was registered.</summary>
    public void Run()
    {
        while (true)
        {
            StandardOutput.Write(Menu);
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
                    StandardOutput.Write("\n");
                    _ = _registrations.WithdrawAll(WithdrawalBudget);
                    return;
                case { } other:
                    StandardOutput.Write("\"" + OptionSet.Readable(other) + "\" is none of 1, 2, 3, 4\n");
                    break;
            }
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _registrations.Dispose();
        _client.Dispose();
    }

    private void Register()
    {
        if (RegisterCommand.ListFolder(_folder) is { } names)
        {
            int before = _registrations.Count;
            int done = _registrations.Register(names, Budget);
            _registrations.Tick(Budget);
            StandardOutput.Write(ValueText.FormatInteger(before + done) + " of " + ValueText.FormatInteger(names.Length) + " files registered\n");
        }
    }

    private void Fetch()
    {
        StandardOutput.Write("file name: ");
        if (ReadName() is not { } name)
        {
            return;
        }

        byte[] key = Encoding.UTF8.GetBytes(name);
        RingOperation operation = new();
        _ = _client.Run(operation.Set(RingVerb.Get, key));
        if (RingOptions.Conclude(operation, name) != ExitCode.Success)
        {
            return;
        }

        RingNode[] peers = Holders.Parse(operation.Value);
        for (int i = 0; i < peers.Length; i++)
        {
            StandardOutput.Write(ValueText.FormatInteger(i) + ": " + peers[i].Endpoint + "\n");
        }

        StandardOutput.Write("peer: ");
        string answer = _input.Word() ?? string.Empty;
        if (!ValueText.TryParseInteger(answer, out long number) || number < 0 || number >= peers.Length)
        {
            StandardOutput.Write("\"" + OptionSet.Readable(answer) + "\" is not the number of a peer\n");
        }
        else if (FetchFrom(peers[number], key, name) == ExitCode.Success)
        {
            StandardOutput.Write(OptionSet.Readable(name) + " is here\n");
        }
    }

    // What has arrived is served to others through the node meanwhile.
    private int FetchFrom(RingNode peer, byte[] key, string name)
    {
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
        return FetchCommand.FromPeers(options, [peer], new PeerHolders(_client, key) { OnlyRegisters = true }, progress, null);
    }

    private void Test()
    {
        StandardOutput.Write("file name: ");
        if (ReadName() is not { } name || RegisterCommand.ListFolder(_folder) is not { } names)
        {
            return;
        }

        byte[] key = Encoding.UTF8.GetBytes(name);
        PerfTest test = new(_client, _rounds, _stop);
        PerfPhase[] phases = [test.Search(key), test.Obtain(key), test.Register(names, _holder)];

        // The test takes back what it registers, and with it what was registered before.
        byte[][] registered = _registrations.Count > 0 ? names : [];
        _ = _registrations.WithdrawAll(Budget);
        _ = _registrations.Register(registered, Budget);
        StandardOutput.Write(PerfTest.Report([phases[2], phases[0], phases[1]], json: false));
    }

    private string? ReadName()
    {
        string? name = _input.Name();
        if (name is null)
        {
            return null;
        }

        if (Encoding.UTF8.GetByteCount(name) <= Protocol.Cs.CsFrame.MaximumKey && !name.Contains('/') && name is not ("." or ".."))
        {
            return name;
        }

        StandardOutput.Write("\"" + OptionSet.Readable(name) + "\" is not a file name\n");
        return null;
    }
}
