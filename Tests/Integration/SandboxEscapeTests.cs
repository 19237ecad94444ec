#if CHECK_OWNERSHIP
using System;
using System.IO;
using System.Net.Sockets;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Attempts to leave the sandbox, made by the node itself: DEBUG SANDBOX, which only the checked build has.</summary>
public sealed class SandboxEscapeTests : IDisposable
{
    private const string Denied = "permission denied";
    private const int BadSystemCall = 128 + 31;

    private readonly TemporaryFolder _folder = new();
    private readonly PublishedNode _node;

    public SandboxEscapeTests()
    {
        foreach (string name in new[] { "share", "settings", "beside" })
        {
            Directory.CreateDirectory(_folder[name]);
            File.WriteAllText(_folder[name + "/file"], "text");
        }

        File.WriteAllText(_folder["settings/password"], "secret\n");
        File.WriteAllText(_folder["settings/node.conf"], "port 0\nenable-debug-command yes\n");
        _node = new PublishedNode(["--config", _folder["settings/node.conf"], "--password-file", _folder["settings/password"],
            "--data", _folder["data"], "--share", _folder["share"], "--bind", "127.0.0.1,unix:" + _folder["data/socket"],
            "--sandbox", "require"]);
    }

    [Fact]
    public void Files_elsewhere_cannot_be_opened_made_or_removed()
    {
        using RespClient client = Client();
        Assert.Equal(Environment.UserName == "root" ? Denied : "done", Attempt(client, "open", "/etc/passwd"));
        Assert.Equal(Denied, Attempt(client, "open", "/usr/bin/env"));
        Assert.Equal(Denied, Attempt(client, "open", "/proc/1/status"));
        Assert.Equal(Denied, Attempt(client, "open", "/proc/self/root/etc/passwd"));
        Assert.Equal(Denied, Attempt(client, "open", _folder["beside/file"]));
        Assert.Equal(Denied, Attempt(client, "open", _folder["data/../beside/file"]));
        Assert.Equal(Denied, Attempt(client, "write", _folder["beside/new"]));
        Assert.Equal(Denied, Attempt(client, "write", _folder["new"]));
        Assert.Equal(Denied, Attempt(client, "write", "/tmp/new-" + Path.GetFileName(_folder["x"])));
        Assert.Equal(Denied, Attempt(client, "write", _folder["share/new"]));
        Assert.Equal(Denied, Attempt(client, "write", _folder["share/file"]));
        Assert.Equal(Denied, Attempt(client, "write", _folder["settings/password"]));
        Assert.Equal(Denied, Attempt(client, "write", "/proc/self/mem"));
        Assert.Equal(Denied, Attempt(client, "remove", _folder["beside/file"]));
        Assert.Equal(Denied, Attempt(client, "remove", _folder["share/file"]));
        File.CreateSymbolicLink(_folder["data/link"], _folder["beside/file"]);
        Assert.Equal(Denied, Attempt(client, "open", _folder["data/link"]));
    }

    [Fact]
    public void Its_own_files_can_be_used_and_may_be_replaced()
    {
        using RespClient client = Client();
        Assert.Equal("done", Attempt(client, "write", _folder["data/new"]));
        Assert.Equal("done", Attempt(client, "remove", _folder["data/new"]));
        Assert.Equal("done", Attempt(client, "open", _folder["share/file"]));
        Assert.Equal("done", Attempt(client, "open", "/proc/self/status"));
        Assert.Equal("done", Attempt(client, "open", "/etc/hosts"));
        foreach (string name in new[] { "share/file", "settings/password", "settings/node.conf" })
        {
            File.WriteAllText(_folder["new"], "another");
            File.Move(_folder["new"], _folder[name], overwrite: true);
            Assert.Equal("done", Attempt(client, "open", _folder[name]));
        }
    }

    [Fact]
    public void Settings_that_are_not_there_yet_cannot_be_made()
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--port", "0", "--config=-" + folder["node.conf"], "--data", folder["data"],
            "--enable-debug-command", "yes", "--sandbox", "require"]);
        using RespClient client = new(node);
        Assert.Equal(Denied, Attempt(client, "write", folder["node.conf"]));
        Assert.Equal("done", Attempt(client, "write", folder["data/new"]));
    }

    [Fact]
    public void Unix_sockets_cannot_be_connected_to()
    {
        using Socket elsewhere = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        elsewhere.Bind(new UnixDomainSocketEndPoint(_folder["socket"]));
        elsewhere.Listen();
        using RespClient client = Client();
        Assert.Equal(Denied, Attempt(client, "connect", _folder["socket"]));
    }

    [Theory]
    [InlineData("exec", "/bin/true")]
    [InlineData("fork", "-")]
    [InlineData("trace", "-")]
    [InlineData("signal", "-")]
    [InlineData("code", "-")]
    public void Other_calls_end_the_process_and_their_number_is_in_the_log(string what, string path)
    {
        using RespClient client = Client();
        client.Send("DEBUG", "SANDBOX", what, path);
        Assert.Equal(BadSystemCall, _node.WaitForExit());
        Assert.Matches("epollsrv: the sandbox does not allow system call [0-9]+: the process ends", _node.LogText);
    }

    public void Dispose()
    {
        _node.Dispose();
        _folder.Dispose();
    }

    private static string? Attempt(RespClient client, string what, string path) => client.Value("DEBUG", "SANDBOX", what, path);

    private RespClient Client()
    {
        RespClient client = new(_node);
        Assert.Equal("+OK", client.Call("AUTH", "secret"));
        return client;
    }
}
#endif
