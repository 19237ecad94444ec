using System;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary>The C program's performance test, each of its three parts measured
/// alone, one operation at a time as a user of the ring has it.</summary>
internal sealed class PerfTest
{
    private readonly RingClient _client;
    private readonly RingOperation _operation = new();
    private readonly int _rounds;
    private readonly bool _progress;
    private readonly int _stop;

    /// <summary>Prepares the test.</summary>
    /// <param name="client">The ring.</param>
    /// <param name="rounds">Rounds of each part.</param>
    /// <param name="stop">A descriptor that becomes readable when the test has to end early; −1: none.</param>
    public PerfTest(RingClient client, int rounds, int stop = -1)
    {
        _client = client;
        _rounds = rounds;
        _stop = stop;
        _progress = Descriptor.IsTerminal(2);
    }

    /// <summary>A round registers every name for the holder. Withdrawing them again between the rounds is not measured.</summary>
    public PerfPhase Register(byte[][] names, byte[] holder)
    {
        PerfPhase phase = new("REGISTER", _rounds, _progress);
        while (GoesOn(phase))
        {
            long began = Clock.Monotonic();
            foreach (byte[] name in names)
            {
                Check(phase, RingVerb.Register, name, holder);
            }

            long ended = Clock.Monotonic();
            foreach (byte[] name in names)
            {
                Check(phase, RingVerb.Withdraw, name, holder);
            }

            phase.Add(began, ended);
        }

        return phase;
    }

    /// <summary>A round asks the ring who has a file.</summary>
    public PerfPhase Search(byte[] name)
    {
        PerfPhase phase = new("SEARCH", _rounds, _progress);
        while (GoesOn(phase))
        {
            long began = Clock.Monotonic();
            Check(phase, RingVerb.Get, name, default);
            phase.Add(began, Clock.Monotonic());
        }

        return phase;
    }

    /// <summary>A round downloads a file from a peer that has it (a node of ours when there is one) and throws it away.</summary>
    public PerfPhase Obtain(byte[] name)
    {
        PerfPhase phase = new("OBTAIN", _rounds, _progress);
        RingResult result = _client.Run(_operation.Set(RingVerb.Get, name));
        PeerAddress[] peers = result == RingResult.Done ? Holders.Parse(_operation.Value) : [];
        using PeerTransfer? transfer = FirstThatSends(peers, name);
        if (transfer is null)
        {
            phase.Failure = "no peer sends the file: give the NAME of one that a node of the ring shares";
        }

        while (GoesOn(phase))
        {
            long began = Clock.Monotonic();
            if (transfer!.Fetch(name, -1) != TransferResult.Done)
            {
                phase.Failure = transfer.Name + ": "
                    + (transfer.Failure == 0 ? "cannot send the file any more" : PeerFailure.Describe(transfer.Failure));
            }
            else
            {
                phase.Add(began, Clock.Monotonic());
            }
        }

        return phase;
    }

    /// <summary>The results as a table or as JSON.</summary>
    public static string Report(ReadOnlySpan<PerfPhase> phases, bool json)
    {
        StringBuilder text = new(json ? "{\n" : PerfPhase.Header);
        for (int i = 0; i < phases.Length; i++)
        {
            phases[i].Append(text, json);
            _ = text.Append(!json ? string.Empty : i + 1 < phases.Length ? ",\n" : "\n}\n");
        }

        return text.ToString();
    }

    private unsafe bool GoesOn(PerfPhase phase)
    {
        if (_stop >= 0 && Descriptor.Poll(_stop, PollEntry.In, 0) > 0)
        {
            phase.Failure ??= "ended by a signal";
        }

        return phase.GoesOn;
    }

    private PeerTransfer? FirstThatSends(PeerAddress[] peers, byte[] name)
    {
        PeerTransfer? original = null;
        foreach (PeerAddress peer in peers)
        {
            PeerTransfer transfer = new(peer.Host, peer.Port, _client.Timeout);
            bool sends = transfer.Fetch(name, -1) == TransferResult.Done;
            if (sends && transfer.Kind == PeerKind.Ours)
            {
                original?.Dispose();
                return transfer;
            }

            if (sends && original is null)
            {
                original = transfer;
            }
            else
            {
                transfer.Dispose();
            }
        }

        return original;
    }

    private void Check(PerfPhase phase, RingVerb verb, byte[] name, ReadOnlySpan<byte> value)
    {
        RingResult result = _client.Run(_operation.Set(verb, name, value));
        if (result != RingResult.Done && phase.Failure is null)
        {
            phase.Failure = result == RingResult.NotFound ? "the ring does not have the name" : _operation.Failure;
        }
    }
}
