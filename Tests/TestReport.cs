using System;
using System.IO;
using System.Threading;

namespace Epollsrv.Tests;

/// <summary>What a test has measured, for a person: scripts/test.sh prints the file that TEST_REPORT names.</summary>
internal static class TestReport
{
    private static readonly Lock _writing = new();

    /// <summary>Adds a line. Any thread.</summary>
    internal static void Write(string line)
    {
        if (Environment.GetEnvironmentVariable("TEST_REPORT") is { Length: > 0 } path)
        {
            lock (_writing)
            {
                File.AppendAllText(path, line + "\n");
            }
        }
    }
}
