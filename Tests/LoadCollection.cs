using Xunit;

// Tests wait more than they compute: for time-outs, for other processes, for a node's threads.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]

namespace Epollsrv.Tests;

/// <summary>
/// Tests that measure times, processor time or memory, or that load the
/// machine: never two of them at once. All other classes run beside each other.
/// </summary>
[CollectionDefinition(Name)]
public sealed class LoadCollection
{
    internal const string Name = "Load";
}
