using System;

namespace Epollsrv.Tests.Durability;

/// <summary>How long these tests are: `make durability ARGS=--full` sets the variable.</summary>
internal static class DurabilityLength
{
    internal static bool IsFull { get; } = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DURABILITY_FULL"));

    internal static int Of(int quick, int full) => IsFull ? full : quick;
}
