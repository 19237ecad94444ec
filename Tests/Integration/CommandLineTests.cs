using System;
using System.IO;
using System.Linq;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What the program does with its arguments before any command works.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public void Every_command_of_the_list_explains_itself_on_a_screen_of_80_columns()
    {
        foreach (string command in Listed())
        {
            (int code, string output, string error) = Binary.Run([command, "--help"]);
            Assert.Equal((command, 0, string.Empty), (command, code, error));
            Assert.StartsWith("Usage: epollsrv " + command, output, StringComparison.Ordinal);
            string[] lines = output.TrimEnd('\n').Split('\n');
            Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
            Assert.True(lines.Length <= (command is "serve" or "fetch" ? 40 : 24), command + " --help has " + lines.Length + " lines");
            Assert.Equal(output, Binary.Run(["help", command]).Output);
        }
    }

    [Fact]
    public void Every_command_of_the_list_names_an_option_it_does_not_know()
    {
        foreach (string command in Listed())
        {
            (int code, string output, string error) = Binary.Run([command, "--zzzzzz"]);
            Assert.Equal((64, string.Empty), (code, output));
            Assert.Equal("epollsrv " + command + ": --zzzzzz: unknown option. See: epollsrv " + command + " --help\n", error);
        }
    }

    [Fact]
    public void What_the_help_only_names_is_explained_by_help_all_and_in_the_README()
    {
        const string Before = "Explained by --help-all:";
        string readme = File.ReadAllText(Path.Combine(Binary.Root, "README.md"));
        string help = Binary.Run(["serve", "--help"]).Output;
        Assert.Contains(Before, help, StringComparison.Ordinal);
        string[] names = [.. help.Split(Before)[1].Split("In brackets")[0]
            .Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.StartsWith("--", StringComparison.Ordinal))];
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains("`" + name, readme, StringComparison.Ordinal));
        string all = Binary.Run(["serve", "--help-all"]).Output;
        Assert.DoesNotContain(Before, all, StringComparison.Ordinal);
        Assert.All(names, name => Assert.Matches("\n  " + name + " .*\n| *[A-Z].*\n", all));
    }

    [Fact]
    public void The_list_has_the_commands_that_everything_else_builds_on()
        => Assert.Empty(((string[])["serve", "healthcheck", "help", "version"]).Except(Listed()));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public void The_help_lists_the_commands_within_80_columns(string argument)
    {
        (int code, string output, string error) = Binary.Run([argument]);
        Assert.Equal(0, code);
        Assert.Equal(string.Empty, error);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.InRange(output.Count(letter => letter == '\n'), 5, 24);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    [InlineData("version")]
    public void The_version_says_commit_architecture_and_that_the_program_is_static(string argument)
    {
        (int code, string output, string error) = Binary.Run([argument]);
        Assert.Equal(0, code);
        Assert.Equal(string.Empty, error);
        Assert.Matches("^epollsrv [0-9]+\\.[0-9]+\\.[0-9]+ \\(([0-9a-f]{12}(-modified)?|unknown), linux-(x64|arm64), static\\)\n$", output);
    }

    [Theory]
    [InlineData("srve", "epollsrv: \"srve\" is not a command; did you mean serve? See: epollsrv --help\n")]
    [InlineData("xyzzy", "epollsrv: \"xyzzy\" is not a command. See: epollsrv --help\n")]
    [InlineData("-x", "epollsrv: \"-x\" is not a command. See: epollsrv --help\n")]
    [InlineData("", "epollsrv: \"\" is not a command. See: epollsrv --help\n")]
    public void An_unknown_command_is_named_with_the_nearest_known_one(string command, string expected)
    {
        (int code, string output, string error) = Binary.Run([command]);
        Assert.Equal(64, code);
        Assert.Equal(string.Empty, output);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Options_without_a_command_are_those_of_serve()
        => Assert.Equal((64, string.Empty, "epollsrv serve: --prot: unknown option; did you mean --port? See: epollsrv serve --help\n"),
            Binary.Run(["--prot", "1"]));

    [Fact]
    public void A_wrong_value_in_the_environment_ends_a_node_with_64()
        => Assert.Equal(
            (64, string.Empty, "epollsrv serve: EPOLLSRV_PORT: \"many\" is not a whole number; allowed: 0 to 65535. See: epollsrv serve --help\n"),
            Binary.Run([], "EPOLLSRV_PORT=many"));

    [Fact]
    public void The_health_check_uses_the_nodes_own_variables()
    {
        (int code, _, string error) = Binary.Run(["healthcheck"], "EPOLLSRV_BIND=0.0.0.0", "EPOLLSRV_PORT=1");
        Assert.Equal(1, code);
        Assert.Equal("epollsrv healthcheck: 127.0.0.1:1: refused\n", error);
    }

    [Fact]
    public void Where_the_node_is_on_the_command_line_of_the_health_check_beats_a_variable_that_names_another()
    {
        foreach (string[] arguments in (string[][])[["--port", "1"], ["--bind", "127.0.0.1", "--port=1"]])
        {
            Assert.Equal("epollsrv healthcheck: 127.0.0.1:1: refused\n",
                Binary.Run(["healthcheck", .. arguments], "EPOLLSRV_SERVER=127.0.0.1:2").Error);
        }

        using TemporaryFolder folder = new();
        Assert.Equal("epollsrv healthcheck: 127.0.0.1:1: refused\n",
            Binary.Run(["healthcheck", "--config", folder.Write("file.conf", "port 1\n")], "EPOLLSRV_SERVER=127.0.0.1:2").Error);
        Assert.Equal("epollsrv healthcheck: 127.0.0.1:2: refused\n",
            Binary.Run(["healthcheck"], "EPOLLSRV_SERVER=127.0.0.1:2", "EPOLLSRV_PORT=1").Error);
        Assert.Equal("epollsrv healthcheck: 127.0.0.1:3: refused\n",
            Binary.Run(["healthcheck", "--server", "127.0.0.1:3", "--port", "1"], "EPOLLSRV_SERVER=127.0.0.1:2").Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    public void The_health_check_asks_the_port_of_memcacheds_clients_too(string password)
    {
        using PublishedNode node = new(
            ["--port", "0", "--memcached", "0", .. password.Length == 0 ? (string[])[] : ["--password", password]]);
        string port = "EPOLLSRV_PORT=" + node.Port;
        string memcached = "127.0.0.1:" + Memcached.MemcachedClient.PortOf(node);
        Assert.Equal((0, string.Empty, string.Empty), Binary.Run(["healthcheck"], port, "EPOLLSRV_MEMCACHED=" + memcached));
        Assert.Equal((0, string.Empty, string.Empty), Binary.Run(["healthcheck", "--memcached", memcached[10..]], port));
        Assert.Equal(
            (1, string.Empty, "epollsrv healthcheck: 127.0.0.1:1: refused\n"), Binary.Run(["healthcheck", "--memcached", "1"], port));
        Assert.Equal(
            (1, string.Empty, "epollsrv healthcheck: 127.0.0.1:" + node.Port + ": what answered does not speak memcached's protocol\n"),
            Binary.Run(["healthcheck", "--memcached=127.0.0.1:" + node.Port], port));

        // A variable of the node's is not about another node.
        Assert.Equal(0, Binary.Run(["healthcheck", "--server", "127.0.0.1:" + node.Port], "EPOLLSRV_MEMCACHED=1").Code);
        (int code, _, string error) = Binary.Run(["healthcheck", "--memcached", "here:"], port);
        Assert.Equal(64, code);
        Assert.StartsWith("epollsrv healthcheck: --memcached: \"here:\" ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_health_check_finds_the_nodes_line_in_its_ring()
    {
        using Unit.TemporaryFolder folder = new();
        string conf = folder.Write("server.conf", "127.0.0.1 1\n127.0.0.1 2\n127.0.0.1 3\n127.0.0.1 4\n");
        Assert.Equal("epollsrv healthcheck: 127.0.0.1:3: refused\n",
            Binary.Run(["healthcheck"], "EPOLLSRV_CONF=" + conf, "EPOLLSRV_ID=3").Error);
        Assert.Equal("epollsrv healthcheck: 127.0.0.2:3: refused\n",
            Binary.Run(["healthcheck", "--conf", conf, "--id=3", "--bind=127.0.0.2"]).Error);
        Assert.Equal(78, Binary.Run(["healthcheck", "--conf", conf, "--id=5"]).Code);
    }

    [Theory]
    [InlineData(78, "ping --password-file /nonexistent/file", "EPOLLSRV_PASSWORD=secret")]
    [InlineData(78, "serve --port 0 --password-file /nonexistent/file", "EPOLLSRV_PASSWORD=secret")]
    [InlineData(69, "ping --password secret", "EPOLLSRV_PASSWORD_FILE=/nonexistent/file")]
    [InlineData(64, "ping --password secret --password-file /nonexistent/file", "EPOLLSRV_SERVER=127.0.0.1:1")]
    public void A_password_on_the_command_line_wins_in_whichever_way_it_is_given(int expected, string arguments, string variable)
        => Assert.Equal(expected, Binary.Run(arguments.Split(' '), variable, "EPOLLSRV_SERVER=127.0.0.1:1").Code);

    [Fact]
    public void The_self_check_passes_on_this_machine()
    {
        (int code, string output, _) = Binary.Run(["selfcheck"]);
        Assert.Equal(0, code);
        string[] checks = [.. output.Split('\n').Where(line => line.StartsWith("ok ", StringComparison.Ordinal))];
        Assert.Equal(7, checks.Count(line => !line.Contains("SHA-256", StringComparison.Ordinal)));
        Assert.Contains(checks, line => line.Contains("SHA-256, plain arithmetic", StringComparison.Ordinal));

        // The instructions this machine has are used, and are right.
        string processor = System.IO.File.ReadAllText("/proc/cpuinfo");
        Assert.Equal(processor.Contains(" sha_ni", StringComparison.Ordinal),
            output.Contains("x86 SHA instructions", StringComparison.Ordinal));
        Assert.Equal(processor.Contains(" avx2", StringComparison.Ordinal), output.Contains("AVX2 lanes", StringComparison.Ordinal));
    }

    // "  put KEY [VALUE]   store …", but not "  ID CONF DIR ADDRESS".
    private static string[] Listed() => [.. Binary.Run(["help"]).Output.Split('\n')
        .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Length > 3 && char.IsAsciiLetterLower(line[2]))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])];
}
