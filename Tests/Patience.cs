using System;
using System.Diagnostics;

using Xunit.Sdk;

namespace Epollsrv.Tests;

/// <summary>
/// How long a test waits for what must come. A machine may be ten times slower than a moment
/// ago: the time only ends a test that would hang, no test measures anything with it.
/// </summary>
internal static class Patience
{
    internal const int Milliseconds = 120_000;

    /// <summary>Has a program of ours wait for as long, unless an option says
    /// otherwise: 2 s for an operation is too short on a busy machine.</summary>
    internal static void Give(ProcessStartInfo start) => start.Environment["EPOLLSRV_TIMEOUT"] = "60s";

    /// <summary>
    /// Tries what can be shown only while the machine keeps pace: a client that must not be silent for too long, a key
    /// that must still be there. Each attempt that the machine has spoiled is followed by one with four times the time.
    /// </summary>
    /// <param name="milliseconds">The time of the first attempt, which the attempt is given.</param>
    /// <param name="attempt">Says whether it has shown what it was to show. What is wrong is an exception.</param>
    internal static void WithMoreTime(int milliseconds, Func<int, bool> attempt)
    {
        for (; !attempt(milliseconds); milliseconds *= 4)
        {
            if (milliseconds > Milliseconds)
            {
                throw new XunitException("this machine keeps no pace at all");
            }
        }
    }
}
