using System;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The constants that the build writes for the version command.</summary>
public sealed class BuildInfoTests
{
    [Fact]
    public void A_program_run_by_the_dotnet_runtime_does_not_call_itself_static()
    {
        Assert.False(BuildInfo.IsStatic);
    }

    [Fact]
    public void Version_commit_and_architecture_are_filled_in()
    {
        Assert.True(System.Version.TryParse(BuildInfo.Version, out _), BuildInfo.Version);
        Assert.Matches("^([0-9a-f]{12}(-modified)?|unknown)$", BuildInfo.Commit);
        Assert.Equal(Environment.Is64BitProcess, BuildInfo.Architecture is "x64" or "arm64");
    }
}
