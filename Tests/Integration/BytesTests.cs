using System;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Arguments, names and passwords that are no UTF-8 are taken byte
/// for byte, from the command line, the environment and files.</summary>
public sealed class BytesTests
{
    [Fact]
    public void Keys_and_values_of_the_command_line_are_bytes()
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--port", "0"]);
        (int code, string output) = ShellRun.Run(folder.Path, $"""
            set -e
            export EPOLLSRV_SERVER=127.0.0.1:{node.Port}
            e=$(printf 'caf\351')
            "$E" put "$e" one
            "$E" put "$(printf 'caf\350')" "$(printf '\377\376')"
            "$E" get "$e"; echo
            "$E" get "$(printf 'caf\350')"; echo
            "$E" del "$e"
            """);
        Assert.Equal((0, "one\n\u00FF\u00FE\n"), (code, output));
        using RespClient client = new(node);
        Assert.Equal("\u00FF\u00FE", client.Value("GET", "caf\u00E8"));
        Assert.Equal(":0", client.Call("EXISTS", "caf\u00E9"));
        Assert.Equal(":1", client.Call("DBSIZE"));
    }

    [Fact]
    public void Folders_and_files_have_any_names()
    {
        using TemporaryFolder folder = new();
        (int code, string output) = ShellRun.Run(folder.Path, """
            d=$(printf 'dir\377'); n=$(printf 'na\351me'); o=$(printf 'out\376')
            mkdir "$d" && echo content > "$d/$n"
            "$E" serve --bind "unix:$d/socket,127.0.0.1" --port 0 --share "$d" > log 2>&1 & p=$!
            logged 'registered 1 of 1'
            "$E" fetch "$n" --server "unix:$d/socket" -o "$o" > fetched 2>&1 || cat fetched
            "$E" fetch "$n" --server "unix:$d/socket" >> fetched 2>&1 || cat fetched
            kill $p; wait $p; echo code $?
            cat "$o" "$n"
            ls
            """);
        Assert.Equal((0, "code 0\ncontent\ncontent\ndir\u00FF\nfetched\nlog\nna\u00E9me\nout\u00FE\n"), (code, output));
    }

    [Theory]
    [InlineData("EPOLLSRV_PASSWORD=$(printf 'p\\344\\n.') ; EPOLLSRV_PASSWORD=${EPOLLSRV_PASSWORD%.}; export EPOLLSRV_PASSWORD", "")]
    [InlineData("printf 'p\\344\\n' > file", "--password-file file")]
    [InlineData("printf '\\357\\273\\277p\\344\\r\\n' > file", "--password-file file")]
    [InlineData(":", "--password \"$(printf 'p\\344')\"")]
    public void A_password_is_bytes_up_to_the_end_of_its_first_line(string prepare, string options)
    {
        using TemporaryFolder folder = new();
        (int code, string output) = ShellRun.Run(folder.Path, prepare + "\n" + $$"""
            "$E" serve --bind unix:socket {{options}} > log 2>&1 & p=$!
            logged 'ready on'
            unset EPOLLSRV_PASSWORD
            printf 'p\344' > given
            "$E" put key value --server unix:socket --password-file given
            "$E" get key --server unix:socket --password "$(printf 'p\344')"; echo
            "$E" get key --server unix:socket --password "$(printf 'p\345')" | cut -c1-14
            kill $p; wait $p; echo code $?
            """);
        Assert.StartsWith("value\n", output, StringComparison.Ordinal);
        Assert.Contains("has another password than the one given", output, StringComparison.Ordinal);
        Assert.EndsWith("code 0\n", output, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Fact]
    public void A_terminal_is_shown_escaped_bytes_and_a_pipe_the_bytes()
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--port", "0"]);
        using (RespClient client = new(node))
        {
            Assert.Equal("+OK", client.Call("SET", "binary", "\u001B[31m\u00FF"));
            Assert.Equal("+OK", client.Call("SET", "text", "blue"));
        }

        (int code, string output) = ShellRun.Run(folder.Path, $"""
            export EPOLLSRV_SERVER=127.0.0.1:{node.Port}
            "$E" get binary; echo
            script -qec '"$E" get binary; "$E" get text' /dev/null | tr -d '\r'
            """);
        Assert.Equal((0, "\u001B[31m\u00FF\n\"\\x1b[31m\\xff\"\nblue\n"), (code, output));
    }

    [Fact]
    public void A_variable_is_bytes_too()
    {
        using TemporaryFolder folder = new();
        (int code, string output) = ShellRun.Run(folder.Path, """
            mkdir "$(printf 'b\377')"
            EPOLLSRV_SHARE=$(printf 'b\376') "$E" serve --port 0 > none; echo code $?
            EPOLLSRV_SHARE=$(printf 'b\377') EPOLLSRV_BIND=$(printf 'unix:s\377') "$E" serve > log 2>&1 & p=$!
            logged 'ready on'
            [ -S "$(printf 's\377')" ] && echo bound
            kill $p; wait $p; echo code $?
            """);
        Assert.Equal((0, "code 78\nbound\ncode 0\n"), (code, output[output.IndexOf("code", StringComparison.Ordinal)..]));
    }
}
