using System;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv register DIR</c>: tells the ring that a node has the files of a folder.</summary>
internal static class RegisterCommand
{
    // A time per name would be wrong for large folders: this only ends a ring that answers ever so slowly.
    private const long Budget = 600_000_000_000;

    /// <summary>Runs the command: 0 all registered, 1 not all, 69 nobody reached.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "register", "Tells the ring that a node has the files of a folder. The node must share that folder: see serve --share.", "DIR")
            .Integer("id", 0, 0, int.MaxValue, "The node that has the files; 0: the one with an address of this machine.")
            .Text("announce", null, "Instead of a node of the ring: the address and port that peers fetch from.", "HOST:PORT")
            .Flag("withdraw", "The opposite: takes that node's registrations of these files back.")
            .AddRing();
        int code = options.Parse(arguments, out PeerAddress[] nodes);
        code = code == OptionSet.GoOn ? ReadHolder(options, nodes, out PeerAddress? holder) : Skip(out holder, code);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        using NameSet? names = ListFolder(options.Positional[0]);
        if (names is null)
        {
            return ExitCode.Failed;
        }

        using RegistrationClient client = new(nodes, OwnAddress.Holder(holder!), options.GetDuration("timeout"), RingOptions.Warn);
        bool withdraw = options.GetFlag("withdraw");
        int done = withdraw ? client.WithdrawUnregistered(names, Budget) : client.Register(names, Budget);
        StandardOutput.Write(
            ValueText.FormatInteger(done) + " of " + ValueText.FormatInteger(names.Count)
            + (withdraw ? " files withdrawn from " : " files registered at ")
            + holder!.Endpoint + "\n");
        bool reached = client.OpenNodes > 0 || names.Count == 0;
        return done == names.Count || (withdraw && reached) ? ExitCode.Success : reached ? ExitCode.Failed : ExitCode.Unreachable;
    }

    /// <summary>The names of a folder's files, or null after a message.</summary>
    public static NameSet? ListFolder(string path)
    {
        SharedFolder? folder = SharedFolder.TryOpen(path, out int error);
        NameSet names = new();
        using NameSet skipped = new();
        if (folder is not null)
        {
            error = folder.List(names, skipped);
            folder.Close();
        }

        if (error < 0)
        {
            names.Dispose();
            RingOptions.Warn(path + ": " + Errno.Describe(error));
            return null;
        }

        foreach (byte[] name in skipped.ToArray())
        {
            RingOptions.Warn(path + ": " + OptionSet.Readable(FileName.Describe(name))
                + " is left out: unreadable, a link that leads out, or a name the protocol cannot carry");
        }

        return names;
    }

    private static int ReadHolder(OptionSet options, PeerAddress[] nodes, out PeerAddress? holder)
    {
        holder = null;
        if (options.GetText("announce") is { } announce)
        {
            string? complaint = ServerConf.ParseEndpoint(announce, 0, out holder);
            complaint ??= holder!.Port == 0 ? "the port is missing; allowed: HOST:PORT" : null;
            return complaint is null ? OptionSet.GoOn
                : options.Refuse("--announce: \"" + OptionSet.Readable(announce) + "\": " + complaint);
        }

        int id = options.GetInteger("id");
        int index = id - 1;
        if (id > nodes.Length)
        {
            return options.Refuse("--id: the ring has only " + ValueText.FormatInteger(nodes.Length) + " nodes");
        }

        if (nodes.Length == 1)
        {
            index = 0;
        }
        else if (id == 0 && OwnAddress.Find(nodes, 0, out index, out _) is { } complaint)
        {
            return options.Refuse(complaint);
        }

        holder = nodes[index];
        return holder.Port == 0 ? options.Refuse("a socket's path is no address for peers; give --announce HOST:PORT") : OptionSet.GoOn;
    }

    private static int Skip(out PeerAddress? holder, int code)
    {
        holder = null;
        return code;
    }
}
