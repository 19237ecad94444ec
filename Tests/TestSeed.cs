using System;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Tests;

/// <summary>
/// Where random tests get their seed. It is noted at once in the file that TEST_SEED_LOG names, so that it is known also when the test ends
/// the process; scripts/test.sh prints that file. TEST_SEED gives every random test the same seed again.
/// </summary>
internal static class TestSeed
{
    private static readonly Lock _writing = new();

    internal static int Choose([CallerMemberName] string test = "")
    {
        string? given = Environment.GetEnvironmentVariable("TEST_SEED");
        int seed = string.IsNullOrEmpty(given) ? Random.Shared.Next() : int.Parse(given, CultureInfo.InvariantCulture);
        if (Environment.GetEnvironmentVariable("TEST_SEED_LOG") is { Length: > 0 } path)
        {
            lock (_writing)
            {
                File.AppendAllText(path, "TEST_SEED=" + seed.ToString(CultureInfo.InvariantCulture) + " " + test + "\n");
            }
        }

        return seed;
    }
}
