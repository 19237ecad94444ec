using System;
using System.Diagnostics;
using System.Globalization;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>The progress bar, on a terminal that script(1) makes.</summary>
public sealed class FetchProgressTests
{
    [Fact]
    public void On_a_terminal_a_bar_is_drawn_that_never_wraps_and_is_wiped_at_the_end()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(3 << 20, 32)) { Delay = 500 };
        string command = PublishedNode.Program + " fetch data --timeout 60s --server 127.0.0.1:"
            + peer.Port.ToString(CultureInfo.InvariantCulture);
        using Process script = Process.Start(new ProcessStartInfo("script", ["-qec", command, "/dev/null"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string shown = script.StandardOutput.ReadToEnd();
        Assert.True(script.WaitForExit(Patience.Milliseconds));
        Assert.Equal(0, script.ExitCode);
        Assert.Matches(@"\r\u001b\[\?7ldata \[[#.]{24}\] \d+ %, \d+ MB/s, (\d+ s left, )?1 peer\u001b\[K\u001b\[\?7h", shown);
        Assert.Contains("\r\u001b[K", shown, StringComparison.Ordinal);
        Assert.EndsWith("ms\r\n", shown, StringComparison.Ordinal);
    }
}
