using System;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>How long these tests are: `make replication ARGS=--full` sets the variable.</summary>
internal static class ReplicationLength
{
    internal static bool IsFull { get; } = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("REPLICATION_FULL"));

    internal static int Of(int quick, int full) => IsFull ? full : quick;
}
