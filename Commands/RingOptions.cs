using System;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary>The options that every client command of the ring has: which ring, and how long an operation may take.</summary>
internal static class RingOptions
{
    private const string DefaultServer = "127.0.0.1:6379";
    private const int DefaultPort = 6379;

    /// <summary>Declares --conf, --server and --timeout.</summary>
    public static OptionSet AddRing(this OptionSet options) => options
        .Text("conf", null, "The ring: a file with a line \"ADDRESS PORT\" for each node.", "FILE")
        .Text("server", null, "Instead of --conf a single node: HOST:PORT, [IPv6]:PORT or unix:PATH (default " + DefaultServer + ").",
            "ADDRESS")
        .Duration("timeout", "2s", "How long one operation may take.", minimum: 1_000_000)
        .Text("password", null, "The ring's password; better from the environment or a file.", "TEXT")
        .Text("password-file", null, "File whose first line is the password.", "FILE");

    /// <summary>Reads the arguments and which ring is meant.</summary>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code to end with.</returns>
    public static int Parse(this OptionSet options, ReadOnlySpan<string> arguments, out PeerAddress[] nodes)
    {
        nodes = [];
        int code = options.Parse(arguments);
        return code == OptionSet.GoOn ? options.ReadRing(out nodes) : code;
    }

    /// <summary>Reads which ring is meant.</summary>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int ReadRing(this OptionSet options, out PeerAddress[] nodes)
    {
        nodes = [];
        int code = PasswordOptions.Read(options, out byte[]? password);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        RingPassword.Value = password ?? [];
        string? path = options.GetText("conf");
        string? server = options.GetText("server");
        bool fromConf = path is not null && (server is null || options.IsOnCommandLine("conf"));
        if (fromConf && options.IsOnCommandLine("server"))
        {
            return options.Refuse("--server and --conf both name a ring; give one of them");
        }

        if (!fromConf)
        {
            string? complaint = ServerConf.ParseEndpoint(server ?? DefaultServer, DefaultPort, out PeerAddress? node);
            if (complaint is not null)
            {
                return options.Refuse("--server: \"" + OptionSet.Readable(server!) + "\": " + complaint);
            }

            nodes = [node!];
            RingPassword.Trust(nodes);
            return OptionSet.GoOn;
        }

        if (ServerConf.Load(path!, out string mistakes) is not { } conf)
        {
            Log.Complain(mistakes);
            return ExitCode.Configuration;
        }

        nodes = conf.Nodes;
        RingPassword.Trust(nodes);
        return OptionSet.GoOn;
    }

    /// <summary>A client of the ring that reports nodes that are down on standard error.</summary>
    public static RingClient Connect(this OptionSet options, PeerAddress[] nodes) => new(nodes, options.GetDuration("timeout"), Warn);

    /// <summary>One line to standard error.</summary>
    public static void Warn(string line) => StandardOutput.WriteError("epollsrv: " + line + "\n");

    /// <summary>A key from the command line.</summary>
    /// <returns>Null after a complaint: longer than CS carries.</returns>
    public static byte[]? ToKey(OptionSet options, string text)
    {
        byte[] key = ByteText.Encode(text);
        if (key.Length <= Protocol.Cs.CsFrame.MaximumKey)
        {
            return key;
        }

        _ = options.Refuse("the key has " + ValueText.FormatInteger(key.Length) + " bytes; the protocol carries at most 255");
        return null;
    }

    /// <summary>Says why an operation did not succeed and gives the exit code for it.</summary>
    /// <param name="operation">It has ended.</param>
    /// <param name="what">What it was about, for the message: the key.</param>
    public static int Conclude(RingOperation operation, string what)
    {
        what = OptionSet.Readable(what);
        switch (operation.Result)
        {
            case RingResult.Done:
                return ExitCode.Success;
            case RingResult.NotFound:
                Warn(what + ": not found");
                return ExitCode.Failed;
            case RingResult.TooLong:
                Warn(what + ": the value is longer than a CS frame carries");
                return ExitCode.Failed;
            case RingResult.Refused:
                Warn(what + ": " + operation.Failure);
                return ExitCode.Failed;
            default:
                Warn(what + ": no node could be asked: " + operation.Failure);
                return ExitCode.Unreachable;
        }
    }
}
