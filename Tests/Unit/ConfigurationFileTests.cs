using System;
using System.IO;
using System.Linq;
using Epollsrv.Commands;
using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The file of --config: what its lines come to.</summary>
public sealed class ConfigurationFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("port 7000", "port", "7000")]
    [InlineData("PORT 7000\r", "port", "7000")]
    [InlineData("  max-memory 64mb  ", "max-memory", "64mb")]
    [InlineData("max-clients \"20\"", "max-clients", "20")]
    [InlineData("open", "open", "yes")]
    [InlineData("open true", "open", "true")]
    [InlineData("bind 127.0.0.1 -::1", "bind", "127.0.0.1,::1")]
    [InlineData("bind * -::*", "bind", "0.0.0.0,::")]
    [InlineData("unixsocket /tmp/s", "bind", "127.0.0.1,unix:/tmp/s")]
    [InlineData("unixsocket /tmp/s\nbind 10.0.0.1", "bind", "10.0.0.1,unix:/tmp/s")]
    [InlineData("requirepass \"a b\"", "password", "a b")]
    [InlineData("requirepass \"\"", "password", null)]
    [InlineData("maxclients 99", "max-clients", "99")]
    [InlineData("timeout 300", "idle-timeout", "300s")]
    [InlineData("loglevel notice", "log-level", "info")]
    [InlineData("loglevel warning", "log-level", "warning")]
    [InlineData("replicaof 10.0.0.2 6380", "replica-of", "10.0.0.2:6380")]
    [InlineData("slaveof ::1 6380", "replica-of", "[::1]:6380")]
    [InlineData("replicaof no one", "replica-of", null)]
    [InlineData("dir /data", "data", "/data")]
    [InlineData("dir /data\nsave \"\"\nappendonly no", "data", null)]
    [InlineData("dir /data\nsave \"\"\nappendonly yes", "data", "/data")]
    [InlineData("appendonly yes", "data", ".")]
    [InlineData("appendonly TRUE", "data", ".")]
    [InlineData("dir /data\nsave \"\"\nappendonly 0", "data", null)]
    [InlineData("max-memory 1g", "max-memory", "1g")]
    [InlineData("enable-debug-command local", "enable-debug-command", "local")]
    [InlineData("appendonly no", "data", null)]
    [InlineData("dir /other\ndata /data", "data", "/data")]
    [InlineData("# port 7000\n\n   # \"quotes\"\n", "port", "6379")]
    public void An_option_has_its_value(string lines, string option, string? value)
    {
        OptionSet options = Read(lines);
        Assert.Equal(value, options.GetText(option));
    }

    [Fact]
    public void The_command_line_and_the_environment_go_before_the_file()
    {
        OptionSet options = Read("port 7000\nbind 10.0.0.1\nmax-memory 1gb", "--port", "8000", "--bind", "10.0.0.2");
        Assert.Equal("8000", options.GetText("port"));
        Assert.Equal("10.0.0.2", options.GetText("bind"));
        Assert.Equal("1gb", options.GetText("max-memory"));
        Assert.True(options.IsSet("max-memory"));
    }

    [Fact]
    public void What_is_no_option_is_kept_for_CONFIG()
    {
        OptionSet options = Read("save 900 1\nMaxmemory 64mb\nsave 300 10\n");
        Assert.Equal(["maxmemory", "save"], Array.ConvertAll(options.Parameters, parameter => parameter.Name));
        Assert.Equal(["64mb", "900 1 300 10"], Array.ConvertAll(options.Parameters, parameter => parameter.Value));
        Assert.EndsWith(":2", options.Parameters[0].Place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("port x", "is not a whole number")]
    [InlineData("port", "a value is missing; allowed: port N")]
    [InlineData("port 1 2", "port has more than one value")]
    [InlineData("max-memory 1x", "is not a size")]
    [InlineData("port \"7000", "its quotes are not closed")]
    [InlineData("tls-port 6380", "tls-port is not supported, and to leave it out would not be safe")]
    [InlineData("aclfile users", "aclfile is not supported")]
    [InlineData("rename-command CONFIG \"\"", "rename-command is not supported")]
    [InlineData("include other.conf", "include is not supported")]
    public void A_mistake_is_named_with_its_line(string line, string complaint)
    {
        string path = Write("\n" + line + "\n");
        OptionSet options = ServeOptions.Declare();
        Assert.Equal(ExitCode.Configuration, options.Parse(["--config", path]));
        Assert.Contains(path + ":2: \"" + line + "\": ", options.Complaint, StringComparison.Ordinal);
        Assert.Contains(complaint, options.Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        OptionSet options = ServeOptions.Declare();
        Assert.Equal(ExitCode.Configuration, options.Parse(["--config=" + _folder["none"]]));
        Assert.Contains(_folder["none"] + ": no such file or directory", options.Complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("1", 1)]
    [InlineData("YES", 1)]
    [InlineData("False", 0)]
    [InlineData("0", 0)]
    public void A_choice_with_yes_and_no_takes_their_other_forms(string value, int choice)
        => Assert.Equal(choice, Read("enable-debug-command " + value).GetChoice("enable-debug-command"));

    [Fact]
    public void Each_value_has_its_place()
    {
        string path = Write("# one\nport 7000\nbind 10.0.0.1\nunixsocket /s\nappendonly yes\ndir /data\n");
        OptionSet options = ServeOptions.Declare();
        Assert.Equal(OptionSet.GoOn, options.Parse(["--config", path, "--workers=2"]));
        Assert.Equal(path + ":2", Place(options, "port"));
        Assert.Equal(path + ":4", Place(options, "bind"));
        Assert.Equal(path + ":6", Place(options, "data"));
        Assert.Equal("command line", Place(options, "workers"));
        Assert.Equal("default", Place(options, "max-value"));
    }

    /// <summary>Of --password and --password-file, the one that comes from the source that takes precedence counts.</summary>
    [Theory]
    [InlineData("password one", "--password-file", "two")]
    [InlineData("password-file FILE", "--password", "three")]
    [InlineData("password one\npassword-file FILE", null, "one")]
    [InlineData("password-file FILE", null, "two")]
    public void A_password_file_counts_as_its_source_does(string lines, string? option, string expected)
    {
        string secret = _folder.Write("secret", "two\n");
        string[] arguments = option is null ? [] : [option, option == "--password" ? "three" : secret];
        OptionSet options = Read(lines.Replace("FILE", secret, StringComparison.Ordinal), arguments);
        Assert.Null(PasswordOptions.Find(options, out byte[]? password));
        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(password!));
    }

    [Fact]
    public void A_file_with_a_dash_in_front_may_be_missing()
    {
        OptionSet options = ServeOptions.Declare();
        Assert.Equal(OptionSet.GoOn, options.Parse(["--config=-" + _folder["none"]]));
        Assert.Equal(OptionSet.GoOn, options.Parse(["--config=-" + Write("port 7000")]));
        Assert.Equal("7000", options.GetText("port"));
    }

    [Theory]
    [InlineData("requirepass sesame two", "requirepass ...\": ")]
    [InlineData("password\tsesame two", "password ...\": ")]
    [InlineData("masterauth \"sesame", "masterauth ...\": its quotes")]
    public void A_mistake_shows_no_password(string line, string shown)
    {
        OptionSet options = ServeOptions.Declare();
        Assert.Equal(ExitCode.Configuration, options.Parse(["--config", Write(line)]));
        Assert.Contains(shown, options.Complaint, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", options.Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_of_the_example_is_one()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Integration.Binary.Root, "systemd", "epollsrv.conf"));
        string[] settings = [.. lines.Where(line => line.Length > 1 && line[0] == '#' && line[1] != ' ').Select(line => line[1..])];
        Assert.InRange(settings.Length, 10, 30);
        OptionSet options = Read(string.Join('\n', settings));
        Assert.Empty(options.Parameters);
        Assert.Equal(["data /var/lib/epollsrv/data"], lines.Where(line => line.Length > 0 && line[0] != '#'));
    }

    private static string Place(OptionSet options, string name)
    {
        string place = string.Empty;
        foreach (OptionEntry entry in options.Entries)
        {
            place = entry.Name == name ? entry.Place : place;
        }

        return place;
    }

    private OptionSet Read(string lines, params string[] arguments)
    {
        OptionSet options = ServeOptions.Declare();
        int code = options.Parse(["--config", Write(lines), .. arguments]);
        Assert.True(code == OptionSet.GoOn, options.Complaint);
        return options;
    }

    private string Write(string lines)
    {
        string path = _folder["file.conf"];
        File.WriteAllText(path, lines);
        return path;
    }
}
