using System;

using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv version</c>: what was built, from what, and how.</summary>
internal static class VersionCommand
{
    /// <summary>Runs the command.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new("version", "Prints version, commit, architecture, and whether the program is static.", string.Empty);
        int code = options.Parse(arguments);
        if (code == OptionSet.GoOn)
        {
            StandardOutput.Write(BuildInfo.Line() + "\n");
            code = ExitCode.Success;
        }

        return code;
    }
}
