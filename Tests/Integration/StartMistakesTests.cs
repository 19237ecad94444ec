using System;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Mistakes that keep a node from starting: the message says where the mistake is and what to do.</summary>
public sealed class StartMistakesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>RING is a file with two nodes, FOLDER the folder that it is in.</summary>
    [Theory]
    [InlineData("--conf RING --id 3", 78, "--id 3: RING has only 2 nodes; give the number of one of them, or add the node to the file")]
    [InlineData("--conf RING --announce 10.0.0.9:1", 78, "RING has no such node; give the address and the port of one of its lines")]
    [InlineData("--conf FOLDER/none", 78, "--conf FOLDER/none: no such file or directory; name a file that can be read and has a line")]
    [InlineData("--conf FOLDER", 78, "--conf FOLDER: is a directory; name a file that can be read and has a line")]
    [InlineData("--id 1", 64, "there is no --conf; name the ring's file with --conf FILE, or leave --id away")]
    [InlineData("--config FOLDER/none", 78, "--config: FOLDER/none: no such file or directory; name a file that can be read")]
    [InlineData("--password-file FOLDER/none", 78, "no such file or directory; the password must be the first line of a file that this user")]
    [InlineData("--password-file FOLDER/long", 78, "cannot read FOLDER/long: it is longer than 4 KB; the password must be the first line")]
    [InlineData("--port 16001 --memcached 16001", 64,
        "--memcached: 127.0.0.1:16001 is an address of --bind/--port as well; give each an address or a port of its own")]
    [InlineData("--port 16001 --bind 0.0.0.0 --open --memcached 127.0.0.1:16001", 64, "--memcached: 127.0.0.1:16001 is an address of --bind")]
    [InlineData("--port 16001 --admin-port 16001", 64, "--admin-port: 127.0.0.1:16001 is an address of --bind/--port as well; give each")]
    [InlineData("--admin-port 16002 --memcached 16002", 64, "--memcached: 127.0.0.1:16002 is an address of --admin-port as well; give each")]
    [InlineData("--bind unix:/tmp/a --memcached unix:/tmp/a", 64, "--memcached: unix:/tmp/a is an address of --bind/--port as well; give each")]
    [InlineData("--bind ::1,[::1]:6379", 64, "--bind/--port: [::1]:6379 is there twice; name each address once")]
    [InlineData("--bind no-such-host.invalid", 64, "is not a known host; correct the name, or give an address")]
    public void The_message_says_what_to_do(string arguments, int expected, string message)
    {
        _ = _folder.Write("ring", "10.0.0.7 1\n10.0.0.8 1\n");
        _ = _folder.Write("long", new string('x', 5000));
        string Filled(string text) => text.Replace("RING", _folder["ring"], StringComparison.Ordinal)
            .Replace("FOLDER", _folder[string.Empty].TrimEnd('/'), StringComparison.Ordinal);
        (int code, _, string error) = Binary.Run(["config", .. Filled(arguments).Split(' ')]);
        Assert.Contains(Filled(message), error, StringComparison.Ordinal);
        Assert.Equal(expected, code);
    }

    [Theory]
    [InlineData("none/socket", "no such file or directory; make the folder that the socket is to be in")]
    [InlineData("file", "address already in use; a file is there that is no socket: choose another path or remove it")]
    public void A_socket_file_that_cannot_be_made_ends_with_69(string path, string message)
    {
        _ = _folder.Write("file", string.Empty);
        (int code, string output) = PublishedNode.RunToEnd("serve", "--bind", "unix:" + _folder[path]);
        Assert.Contains("cannot listen on unix:" + _folder[path] + ": " + message, output, StringComparison.Ordinal);
        Assert.Equal(69, code);
    }
}
