using System;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv ping</c>: whether the nodes of the ring answer, and how fast.</summary>
internal static class PingCommand
{
    private const int PauseMilliseconds = 1000;

    /// <summary>Runs the command: 0 every question was answered, 1 not all, 69 none.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "ping", "Asks every node of the ring for a sign of life and prints how long the answer took.", string.Empty)
            .Integer("count", 1, 1, int.MaxValue, "How often, once a second.").Letter('c')
            .Integer("id", 0, 0, int.MaxValue, "Only this node; 0: all.")
            .AddRing();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        int id = options.GetInteger("id");
        if (id > nodes.Length)
        {
            return options.Refuse("--id: the ring has only " + ValueText.FormatInteger(nodes.Length)
                + " nodes; give the number of one of them");
        }

        using RingClient client = new(nodes, options.GetDuration("timeout"), null);
        RingOperation operation = new();
        long asked = 0;
        long answered = 0;
        for (int i = 0; i < options.GetInteger("count"); i++)
        {
            if (i > 0)
            {
                client.Poll(PauseMilliseconds);
            }

            for (int node = id == 0 ? 0 : id - 1; node < (id == 0 ? nodes.Length : id); node++)
            {
                asked++;
                bool connected = client.IsOpen(node);
                RingResult result = client.Run(operation.Set(RingVerb.Identify, default, default, node));
                if (result == RingResult.Done && !connected)
                {
                    // The first answer took the time to connect as well.
                    result = client.Run(operation);
                }

                answered += result == RingResult.Done ? 1 : 0;
                string text = result == RingResult.Done ? NodesCommand.Milliseconds(operation.Ended - operation.Started) + " ms"
                    : PeerFailure.Describe(operation.FailureCode);
                StandardOutput.Write(nodes[node].Name + ": " + text + "\n");
            }
        }

        return answered == asked ? ExitCode.Success : answered > 0 ? ExitCode.Failed : ExitCode.Unreachable;
    }
}
