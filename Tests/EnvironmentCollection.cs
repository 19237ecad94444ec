using Xunit;

namespace Epollsrv.Tests;

/// <summary>Tests that set environment variables of this process, which programs
/// that other tests start would inherit: never beside any other test.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentCollection
{
    internal const string Name = "Environment";
}
