using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary>Finds this node in the ring that --conf names.</summary>
internal static class RingLookup
{
    /// <summary>Reads server.conf and finds this node in it: by its number, by its announced address, or by the only line that is an
    /// address of this machine.</summary>
    /// <param name="path">The file.</param>
    /// <param name="number">From 1; 0 when not given.</param>
    /// <param name="announced">HOST:PORT, or null.</param>
    /// <param name="port">The port to listen on when it was given, else 0.</param>
    /// <param name="code"><see cref="OptionSet.GoOn"/>, or what the program ends with: <see cref="ExitCode.Unreachable"/>
    /// when no line is an address of this machine, which may get it a moment later.</param>
    /// <returns>Null after the mistakes were printed.</returns>
    public static RingSettings? Load(string path, int number, string? announced, int port, out int code)
    {
        code = ExitCode.Configuration;
        ServerConf? conf = ServerConf.Load(path, out string mistakes);
        if (conf is null)
        {
            StandardOutput.WriteError(mistakes);
            return null;
        }

        int self;
        if (number > 0)
        {
            self = number <= conf.Nodes.Length ? number - 1 : -1;
            mistakes = "--id " + ValueText.FormatInteger(number) + ": " + path + " has only " + ValueText.FormatInteger(conf.Nodes.Length)
                + " nodes; give the number of one of them, or add the node to the file";
        }
        else if (announced is not null)
        {
            string? complaint = ServerConf.ParseEndpoint(announced, port == 0 ? 6379 : port, out PeerAddress? node);
            self = node is null ? -1 : conf.Find(node.Host, node.Port);
            mistakes = "--announce " + OptionSet.Readable(announced) + ": " + (complaint ?? path + " has no such node; give the address and the port of one of its lines");
        }
        else
        {
            mistakes = path + ": " + OwnAddress.Find(conf.Nodes, port, out self, out int candidates);
            code = candidates == 0 ? ExitCode.Unreachable : code;
        }

        if (self < 0)
        {
            StandardOutput.WriteError("epollsrv: " + mistakes + "\n");
            return null;
        }

        code = OptionSet.GoOn;
        return new RingSettings(conf, self);
    }
}
