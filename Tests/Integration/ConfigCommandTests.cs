using System;
using System.IO;
using System.Linq;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary><c>epollsrv config</c>.</summary>
public sealed class ConfigCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_setting_is_shown_with_what_gives_it()
    {
        string path = _folder.Write("file.conf",
            "port 7000\nmaxmemory 1GiB\nmax-value 2m\nslowlog-max-len 7\nlatency-tracking 0\nappendonly true\ndir \"" + _folder["d d"] + "\"\n");
        (int code, string output, string error) = Binary.Run(
            ["config", "--config", path, "--idle-timeout=1m"], "EPOLLSRV_WORKERS=3", "EPOLLSRV_MAX_VALUE=3MiB");
        Assert.Equal((0, string.Empty), (code, error));
        Assert.Equal("7000 " + path + ":1", Line(output, "port"));
        Assert.Equal("1gb " + path + ":2", Line(output, "max-memory"));
        Assert.Equal("3mb EPOLLSRV_MAX_VALUE", Line(output, "max-value"));
        Assert.Equal("7 " + path + ":4", Line(output, "slowlog-max-len"));
        Assert.Equal("no " + path + ":5", Line(output, "latency-tracking"));
        Assert.Equal("\"" + _folder["d d"] + "\" " + path + ":7", Line(output, "data"));
        Assert.Equal("1m command line", Line(output, "idle-timeout"));
        Assert.Equal("3 EPOLLSRV_WORKERS", Line(output, "workers"));
        Assert.Equal("127.0.0.1 default", Line(output, "bind"));
        Assert.Equal("\"\" default", Line(output, "share"));
        Assert.False(Directory.Exists(_folder["d d"]), "nothing is made");
        string[] names = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];
        Assert.Equal(names.Distinct(), names);
        Assert.Superset(Node.SettingList.All.Select(setting => setting.Name).ToHashSet(), names.ToHashSet());
    }

    [Fact]
    public void Passwords_are_not_shown()
    {
        string path = _folder.Write("file.conf", "requirepass sesame1\nmasterauth sesame2\n");
        string secret = _folder.Write("secret", "sesame3\n");
        foreach (string[] arguments in (string[][])[["--config", path], ["--password=sesame4"], ["--password-file", secret]])
        {
            (int code, string output, string error) = Binary.Run(["config", .. arguments]);
            Assert.Equal((0, string.Empty), (code, error));
            Assert.DoesNotContain("sesame", output, StringComparison.Ordinal);
            Assert.StartsWith("(hidden) ", Line(output, "password"), StringComparison.Ordinal);
        }

        Assert.Equal("(hidden) " + secret, Line(Binary.Run(["config", "--password-file", secret]).Output, "password"));
        Assert.Equal("\"\" default", Line(Binary.Run(["config"]).Output, "password"));
        _ = _folder.Write("epollsrv.password", "sesame5\n");
        string credentials = "CREDENTIALS_DIRECTORY=" + _folder[string.Empty];
        Assert.Equal("(hidden) credential epollsrv.password", Line(Binary.Run(["config"], credentials).Output, "password"));
        Assert.Equal("(hidden) command line", Line(Binary.Run(["config", "--password=sesame4"], credentials).Output, "password"));
    }

    [Theory]
    [InlineData("port x", "port x\": is not a whole number")]
    [InlineData("maxmemry 1gb", "did you mean maxmemory?")]
    [InlineData("maxmemory 1x", "argument must be a memory value")]
    [InlineData("bind 0.0.0.0", "can be reached from other machines and there is no password")]
    [InlineData("password-file /nonexistent/file", "cannot read /nonexistent/file")]
    [InlineData("conf /nonexistent/file", "/nonexistent/file: no such file")]
    [InlineData("requirepass sesame 1", "requirepass ...\": password has more than one value")]
    public void A_file_with_a_mistake_is_78(string line, string complaint)
    {
        (int code, string output, string error) = Binary.Run(["config", "--config", _folder.Write("file.conf", line + "\n")]);
        Assert.Equal((78, string.Empty), (code, output));
        Assert.Contains(complaint, error, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ring_says_where_the_node_listens()
    {
        string conf = _folder.Write("server.conf", "127.0.0.1 7001\n# two\n127.0.0.2 7002\n");
        string output = Binary.Run(["config", "--conf", conf, "--id=2"]).Output;
        Assert.Equal("7002 " + conf + ":3", Line(output, "port"));
        Assert.Equal("127.0.0.2 " + conf + ":3", Line(output, "bind"));
    }

    [Fact]
    public void What_CONFIG_REWRITE_wrote_goes_behind_the_file()
    {
        _ = Directory.CreateDirectory(_folder["data"]);
        string rewritten = _folder.Write("data/epollsrv.conf", "slowlog-max-len 9\ntimeout 5\n");
        string path = _folder.Write("file.conf", "slowlog-max-len 7\n");
        (int code, string output, string error) = Binary.Run(["config", "--config", path, "--data", _folder["data"]]);
        Assert.Equal(0, code);
        Assert.Equal("7 " + path + ":1", Line(output, "slowlog-max-len"));
        Assert.Equal("5s " + rewritten + ":2", Line(output, "idle-timeout"));
        Assert.Contains("epollsrv.conf:1: slowlog-max-len is ignored: " + path + ":1 gives it", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_CONFIG_REWRITE_wrote_is_no_file_of_settings()
    {
        _ = Directory.CreateDirectory(_folder["data"]);
        string rewritten = _folder.Write("data/epollsrv.conf", "slowlog-max-len 9\n");
        (int code, _, string error) = Binary.Run(["config", "--config=-" + rewritten, "--data", _folder["data"]]);
        Assert.Equal(78, code);
        Assert.Contains("is the file that CONFIG REWRITE writes in the data directory", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_health_check_reads_the_nodes_file()
    {
        string path = _folder.Write("file.conf", "port 1\nmax-memory 1gb\nrequirepass x\nunixsocket /tmp/s\nbind 127.0.0.2\ntimeout 300\nserver x\n");
        (int code, _, string error) = Binary.Run(["healthcheck"], "EPOLLSRV_CONFIG=" + path);
        Assert.Equal(1, code);
        Assert.Contains("127.0.0.2:1: refused", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_a_dash_in_front_may_be_missing()
    {
        Assert.Equal(0, Binary.Run(["config"], "EPOLLSRV_CONFIG=-" + _folder["none"]).Code);
        Assert.Equal(78, Binary.Run(["config"], "EPOLLSRV_CONFIG=" + _folder["none"]).Code);
        Assert.Equal(78, Binary.Run(["config"], "EPOLLSRV_CONFIG=-" + _folder.Write("file.conf", "port x\n")).Code);
    }

    private static string Line(string output, string name)
        => string.Join(' ', Assert.Single(output.Split('\n'), line => line.StartsWith(name + " ", StringComparison.Ordinal))
            [name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
