using System.Text.Json;
using Epollsrv.Commands;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>`epollsrv-bench interference`.</summary>
public sealed class InterferenceTests
{
    [Fact]
    public void It_says_the_least_and_the_most_that_a_piece_of_arithmetic_took()
    {
        (int code, string output, string error) = Binary.RunProgram(Binary.LoadGenerator, ["interference", "--duration", "100ms"], []);
        Assert.True(code == ExitCode.Success, code + ": " + error + output);
        JsonElement found = JsonDocument.Parse(output).RootElement;
        Assert.InRange(found.GetProperty("pieces").GetInt64(), 1, 1000);
        Assert.InRange(found.GetProperty("most_us").GetInt64(), found.GetProperty("least_us").GetInt64(), long.MaxValue);
    }

    [Fact]
    public void It_takes_no_arguments()
        => Assert.Equal(ExitCode.Usage, Binary.RunProgram(Binary.LoadGenerator, ["interference", "more"], []).Code);
}
