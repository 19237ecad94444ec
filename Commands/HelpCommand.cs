using System;

using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv help</c>: the commands, each with a line.</summary>
internal static class HelpCommand
{
    private const string Text = """
        epollsrv: a node of a file-sharing ring, in one static program.

        Usage: epollsrv COMMAND [ARGUMENT...] [OPTION...]

          serve                 a node (also without any command: 127.0.0.1:6379)
          put KEY [VALUE]       store a value in the ring
          get KEY               write a value to standard output
          del KEY               remove a key
          register DIR          tell the ring that a node has a folder's files
          fetch NAME...         download files from all nodes that have them
          files                 the files registered in the ring, and who has them
          nodes                 each node: reachable, program, answer, keys, files
          ping                  whether the nodes answer, and how fast
          perf [NAME]           measure REGISTER, SEARCH, OBTAIN
          ID CONF DIR ADDRESS   the C program's command line: a node with its console
          check DIR             whether a data directory is whole; repairs its end
          config                the settings a node would have, and where from
          healthcheck           exit 0 when the node of this machine answers
          selfcheck             whether this machine is as the program expects
          help [COMMAND]        this list, or a command's help
          version               version, commit, architecture, static or not

        Each command explains its options: epollsrv COMMAND --help
        Exit codes: 0 done, 1 failed, 64 wrong usage, 69 unreachable, 78 configuration.

        """;

    /// <summary>Runs the command.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new("help", "Lists the commands, or explains one.", "[COMMAND]");
        int code = options.Parse(arguments);
        if (code == OptionSet.GoOn)
        {
            StandardOutput.Write(Text);
            code = ExitCode.Success;
        }

        return code;
    }
}
