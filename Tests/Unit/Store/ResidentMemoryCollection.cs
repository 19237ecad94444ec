using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Tests that measure the process's resident memory: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ResidentMemoryCollection
{
    internal const string Name = "Resident memory";
}
