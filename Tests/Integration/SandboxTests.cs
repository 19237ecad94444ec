using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>--sandbox of the published program. What a confined node cannot do: <c>SandboxEscapeTests</c> of the checked build.</summary>
public sealed class SandboxTests
{
    private const string NotEntirely = "the node is not confined entirely";

    [SandboxFact]
    public void Every_thread_is_confined()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["share"]);
        File.WriteAllText(folder["share/file"], "text");
        using PublishedNode node = new(
            ["--port", "0", "--workers", "3", "--dispatch", "queue", "--data", folder["data"], "--share", folder["share"],
            "--sandbox", "require"]);
        using RespClient client = new(node);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key" + i.ToString(CultureInfo.InvariantCulture), "value"));
        }

        Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
        string[] threads = Directory.GetDirectories("/proc/" + node.Process.Id.ToString(CultureInfo.InvariantCulture) + "/task");
        List<string> names = [];
        foreach (string thread in threads)
        {
            if (Status(thread) is { } status)
            {
                names.Add(status["Name"]);
                Assert.Equal(("1", "2"), (status["NoNewPrivs"], status["Seccomp"]));
                Assert.Equal(0ul, ulong.Parse(status["CapEff"], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                Assert.Equal(0ul, ulong.Parse(status["CapPrm"], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
        }

        Assert.Contains(".NET Finalizer", names);
        Assert.Contains("worker-3", names);
        Assert.Contains("log", names);
        Assert.DoesNotContain(NotEntirely, node.LogText, StringComparison.Ordinal);
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void Off_changes_nothing()
    {
        using PublishedNode node = new(["--port", "0", "--sandbox", "off"]);
        Dictionary<string, string> status = Status("/proc/" + node.Process.Id.ToString(CultureInfo.InvariantCulture))!;
        Dictionary<string, string> own = Status("/proc/self")!;
        foreach (string field in new[] { "NoNewPrivs", "Seccomp", "CapEff" })
        {
            Assert.Equal(own[field], status[field]);
        }
    }

    [Theory]
    [InlineData("landlock", "NOSYS", "rules for files (Landlock): not supported by this kernel")]
    [InlineData("landlock", "PERM", "rules for files (Landlock): operation not permitted")]
    [InlineData("capget", "PERM", "no_new_privs and no capabilities: operation not permitted; all of this for the runtime's own thread")]
    [InlineData("seccomp", "NOSYS", "the list of system calls (seccomp): not supported by this kernel")]
    public void What_cannot_be_had_is_a_line_or_the_end_of_the_start(string call, string error, string missing)
    {
        using Refusal refusal = new(call, error);
        using (PublishedNode node = new(["--port", "0"], refusal.Wrapper))
        {
            string line = Assert.Single(node.LogText.Split('\n'), line => line.Contains(NotEntirely, StringComparison.Ordinal));
            Assert.EndsWith("this cannot be had: " + missing, line.TrimEnd(), StringComparison.Ordinal);
            using RespClient client = new(node);
            Assert.Equal("+PONG", client.Call("PING"));
        }

        (int code, string output) = refusal.RunToEnd("serve", "--port", "0", "--sandbox", "require");
        Assert.Equal(78, code);
        Assert.Contains("--sandbox require: this cannot be had: " + missing, output, StringComparison.Ordinal);
        Assert.DoesNotContain("ready", output, StringComparison.Ordinal);
        if (call == "capget")
        {
            return; // selfcheck says nothing of capabilities
        }

        string check = refusal.RunToEnd("selfcheck").Output;
        Assert.Contains("not available, " + missing[(missing.IndexOf(": ", StringComparison.Ordinal) + 2)..], check, StringComparison.Ordinal);
    }

    [SandboxFact]
    public void Rules_that_the_kernel_has_and_refuses_are_missing_on_every_thread()
    {
        using Refusal refusal = new("ruleset", "PERM");
        (int code, string output) = refusal.RunToEnd("serve", "--port", "0", "--sandbox", "require");
        Assert.Equal(78, code);
        Assert.Contains("this cannot be had: rules for files (Landlock): operation not permitted; all of this for the runtime's own thread",
            output, StringComparison.Ordinal);
    }

    [SandboxFact]
    public void The_path_of_a_socket_is_removed_at_the_end()
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--port", "0", "--bind", "unix:" + folder["socket"], "--sandbox", "require"]);
        Assert.True(File.Exists(folder["socket"]));
        Assert.Equal(0, node.Stop());
        Assert.False(File.Exists(folder["socket"]));
    }

    [SandboxFact(asRoot: true)]
    public void Root_keeps_one_capability_for_data_of_another_user()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["data"]);
        Assert.True(folder.Run("chown", "65534", folder["data"]) && folder.Run("chmod", "700", folder["data"]));
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", folder["data"], "--sandbox", "require");
        Assert.Equal(78, code);
        Assert.Contains("CAP_DAC_OVERRIDE is left, because " + folder["data"], output, StringComparison.Ordinal);
        using PublishedNode node = new(["--port", "0", "--data", folder["data"]]);
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        Assert.Equal("+OK", client.Call("SAVE"));
        Assert.Equal("0000000000000002", Status("/proc/" + node.Process.Id.ToString(CultureInfo.InvariantCulture))!["CapPrm"]);
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void A_refused_start_leaves_no_path_of_a_socket()
    {
        using TemporaryFolder folder = new();
        using Refusal refusal = new("seccomp", "NOSYS");
        (int code, _) = refusal.RunToEnd("serve", "--port", "0", "--bind", "unix:" + folder["socket"], "--sandbox", "require");
        Assert.Equal(78, code);
        Assert.False(File.Exists(folder["socket"]));
    }

    // The C library asks for the number of the interface.
    [Fact]
    public void The_address_of_a_master_may_name_an_interface()
    {
        using PublishedNode node = new(["--port", "0"]);
        using RespClient client = new(node);
        Assert.StartsWith("+OK", client.Call("REPLICAOF", "fe80::1%lo", "1"), StringComparison.Ordinal);
        node.AwaitLog("link to the master");
        Assert.Equal("+OK", client.Call("REPLICAOF", "NO", "ONE"));
        Assert.Equal(0, node.Stop());
    }

    [SandboxFact]
    public void Settings_that_the_node_may_change_are_named()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["data"]);
        string file = folder.Write("data/node.conf", "port 0\n");
        (int code, string output) = PublishedNode.RunToEnd("serve", "--config", file, "--data", folder["data"], "--sandbox", "require");
        Assert.Equal(78, code);
        Assert.Contains(file + " is where it may write; move it out of the data directory", output, StringComparison.Ordinal);
    }

    // The thread may have ended meanwhile.
    private static Dictionary<string, string>? Status(string folder)
    {
        try
        {
            return File.ReadLines(folder + "/status").Select(line => line.Split(':', 2))
                .ToDictionary(parts => parts[0], parts => parts[1].Trim());
        }
        catch (IOException)
        {
            return null;
        }
    }
}
