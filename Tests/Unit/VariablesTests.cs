using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Epollsrv.Commands;
using Epollsrv.Tests.Integration;
using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Which environment variables are known.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed partial class VariablesTests
{
    [Fact]
    public void The_options_of_all_commands_are_known()
    {
        string[] known = Variables.Names([]);
        string[] files = [.. Directory.GetFiles(Path.Combine(Binary.Root, "Commands"), "*.cs"),
            .. Directory.GetFiles(Path.Combine(Binary.Root, "tools", "bench"), "*.cs")];
        string[] options = [.. files.SelectMany(file => Declarations().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value)];
        Assert.Contains("rounds", options);
        Assert.All(options, option => Assert.Contains(Variables.Of(option), known));
    }

    [Theory]
    [InlineData("EPOLLSRV_PASWORD", "EPOLLSRV_PASWORD: unknown variable; did you mean EPOLLSRV_PASSWORD?")]
    [InlineData("EPOLLSRV_MAXMEMORY", "EPOLLSRV_MAXMEMORY: unknown variable; did you mean EPOLLSRV_MAX_MEMORY?")]
    [InlineData("EPOLLSRV_XYZZY", "EPOLLSRV_XYZZY: unknown variable")]
    [InlineData("EPOLLSRV_", "EPOLLSRV_: unknown variable")]
    public void A_misspelt_one_is_named_with_the_nearest(string name, string complaint)
    {
        using EnvironmentVariables variables = new((name, "x"));
        Assert.Equal(complaint, Variables.Check([]));
    }

    [Theory]
    [InlineData("PASSWORD", "x")]
    [InlineData("OPTIONS", "--port 1")]
    [InlineData("CONTAINER", "yes")]
    [InlineData("CONNECTIONS", "50")]
    [InlineData("SERVICE_HOST", "10.0.0.7")]
    [InlineData("SERVICE_PORT", "6379")]
    [InlineData("SERVICE_PORT_REDIS", "6379")]
    [InlineData("PORT", "tcp://10.0.0.7:6379")]
    [InlineData("PORT_6379_TCP", "tcp://10.0.0.7:6379")]
    [InlineData("PORT_6379_TCP_ADDR", "10.0.0.7")]
    [InlineData("SENTINEL_SERVICE_HOST", "10.0.0.7")]
    [InlineData("SENTINEL_PORT", "tcp://10.0.0.7:26379")]
    [InlineData("SENTINEL_PORT_26379_TCP_PROTO", "tcp")]
    public void The_programs_own_and_those_of_Kubernetes_are_known(string name, string value)
    {
        using EnvironmentVariables variables = new((Variables.Prefix + name, value));
        Assert.Null(Variables.Check([]));
    }

    [Theory]
    [InlineData("SENTINEL_PORT", "26379")]
    [InlineData("PORT_NUMBER", "6379")]
    public void What_only_looks_like_those_of_Kubernetes_is_not(string name, string value)
        => Assert.False(Variables.IsServiceLink(name, value));

    [GeneratedRegex("\\.(?:Text|List|Integer|Size|Duration|Choice|Flag)\\(\\s*\"([a-z-]+)\"")]
    private static partial Regex Declarations();
}
