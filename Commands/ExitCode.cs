namespace Epollsrv.Commands;

/// <summary>What the process ends with; 64 and above are the numbers of BSD's sysexits.h.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Success = 0;

    /// <summary>The work was understood and failed: a key or file is not there, a write failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or an environment variable is wrong (EX_USAGE).</summary>
    public const int Usage = 64;

    /// <summary>A node that is needed cannot be reached (EX_UNAVAILABLE).</summary>
    public const int Unreachable = 69;

    /// <summary>A configuration is wrong or missing: server.conf, an address, a password (EX_CONFIG).</summary>
    public const int Configuration = 78;
}
