using System;
using System.Collections.Generic;
using System.Globalization;
using Epollsrv.Tests.Integration;
using Xunit.Sdk;

namespace Epollsrv.Tests.Durability;

/// <summary>
/// The published program, and something that happens to its disk: clients are told why writes are refused, reads go on, writing goes on
/// without a restart when the cause has gone, and after a kill nothing is missing that was acknowledged.
/// </summary>
internal static class PublishedFault
{
    private const int FirstWrites = 10;

    /// <summary>Runs it.</summary>
    /// <param name="data">The directory.</param>
    /// <param name="policy">For --fsync.</param>
    /// <param name="seed">Decides what is written.</param>
    /// <param name="causes">What a refusal may give as its reason.</param>
    /// <param name="happens">What happens, until the cause has gone.</param>
    public static void Run(string data, string policy, int seed, string[] causes, Action<PublishedNode, FaultClient> happens)
    {
        List<string> options = ["--port", "0", "--workers", "2", "--data", data, "--fsync", policy, "--data-rewrite-percentage", "0"];
        using PublishedNode node = new(options);
        using FaultClient client = new(node, seed, causes);
        try
        {
            client.Work(FirstWrites);
            happens(node, client);
            client.Recover();
            node.Signal("KILL");
            _ = node.WaitForExit();
            using PublishedNode next = new(options);
            using RespClient reader = new(next);
            client.Judge(reader, "a kill");
        }
        catch (Exception exception)
        {
            throw new XunitException(policy + ", seed " + seed.ToString(CultureInfo.InvariantCulture) + ", " + client + ": " + exception
                + "\n--- log of the node ---\n" + node.LogText);
        }
    }
}
