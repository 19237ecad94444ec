using System.IO;

using Epollsrv.Tests.Integration;

namespace Epollsrv.Tests.Differential;

/// <summary>Valkey's programs, which scripts/valkey.sh has unpacked where that could be done.</summary>
internal static class ValkeyProgram
{
    /// <summary>Where they are.</summary>
    public static string Folder { get; } = Path.Combine(Binary.Root, "out", "valkey", "usr", "bin");

    /// <summary>The server.</summary>
    public static string Server { get; } = Path.Combine(Folder, "valkey-server");
}
