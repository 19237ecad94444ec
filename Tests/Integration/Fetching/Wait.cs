using System;
using System.Threading;

using Xunit.Sdk;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>Waits for something to become true.</summary>
internal static class Wait
{
    public static void Until(Func<bool> condition, int milliseconds = 30_000)
    {
        long end = Environment.TickCount64 + milliseconds;
        while (!condition())
        {
            if (Environment.TickCount64 > end)
            {
                throw new XunitException("did not happen in time");
            }

            Thread.Sleep(5);
        }
    }
}
