using System;
using System.IO;
using System.Linq;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The C program's command line and console: a process of ours driven as scripts drove that program.</summary>
public sealed class ConsoleCommandTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(14)]
    [InlineData(6)]
    public void The_console_takes_the_answers_of_the_C_program(int mixture)
    {
        using RingProcesses ring = new(mixture, without: 1);
        byte[] content = new byte[25_600];
        new Random(9).NextBytes(content);
        File.WriteAllBytes(Path.Combine(ring.Shared, "beta.bin"), content);
        File.WriteAllText(Path.Combine(ring.Shared, "alpha.txt"), "hello peer\n");
        File.WriteAllText(Path.Combine(ring.Shared, "empty"), string.Empty);
        using RingProcess console = new(ring.Folder, "1", ring.Conf, "shared/", "127.0.0.1");
        console.WaitFor("(1-4)\t");
        console.Input.Write("1\n");
        console.Input.Flush();
        NodeUnderTest.Until(() => console.Output.Split("\nPut operation successful\n").Length == 7);
        Assert.Equal("127.0.0.1 " + ring.Nodes[0].Port + "\n", ring.Get("alpha.txt"));
        _ = ring.Run(0, "fetch", "empty");
        Assert.Equal(0, new FileInfo(Path.Combine(ring.Folder, "empty")).Length);
        console.Input.Write("2\nbeta.bin\n0\n2\nmissing.txt\n9\n");
        console.Input.Flush();
        console.WaitFor("\n\nWrong value: 9\n");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(ring.Folder, "beta.bin")));
        AssertSays("GET Server Id: 3\nBytes written by peer: 1500\nBytes read from server: 1500\n\nGet operation successful\nAvailable Peers: 1\nPeer 0: 127.0.0.1 "
            + ring.Nodes[0].Port + "\nEnter the number of peer you want to connect to: \tConnecting to peer at 127.0.0.1 on port "
                + ring.Nodes[0].Port + "\n", console);
        Assert.Contains("File transfer complete\n", console.Output, StringComparison.Ordinal);
        Assert.Contains("File beta.bin request received from peer\n", console.Output, StringComparison.Ordinal);
        Assert.Contains("Connection accepted\n", console.Output, StringComparison.Ordinal);
        Assert.Contains("\nGet operation failed\n", console.Output, StringComparison.Ordinal);
        console.Input.Write("4\n");
        console.Input.Flush();
        console.WaitForExit();
        Assert.Equal(0, console.ExitCode);
        Assert.Contains("DEL Server Id: 3\nBytes written by peer: 1500\nBytes read from server: 1500\n\nDel operation successful\n",
            Console(console), StringComparison.Ordinal);
        Assert.Contains("not found", ring.Run(1, "get", "alpha.txt", "--timeout", "60s").Errors, StringComparison.Ordinal);
    }

    /// <summary>Word for word what the original prints, in its order; the
    /// server's lines come from other threads and are left out.</summary>
    [Fact]
    public void The_console_prints_what_the_C_program_prints()
    {
        using RingProcesses ring = new(0, without: 1);
        File.WriteAllText(Path.Combine(ring.Shared, "alpha.txt"), "text");
        using RingProcess console = new(ring.Folder, "1", ring.Conf, "shared/", "127.0.0.1");
        console.Input.Write("1 2 alpha.txt 7 x 0\n5\n2 nothing\n4\n");
        console.Input.Close();
        console.WaitForExit();
        const string Menu = "\nSelect Operation\n(1) Register (2) Get file (3) Run tests\n(4) Exit\nPlease enter your selection (1-4)\t";
        const string Frames = "Bytes written by peer: 1500\nBytes read from server: 1500\n\n";
        string peers = "Available Peers: 1\nPeer 0: 127.0.0.1 " + ring.Nodes[0].Port
            + "\nEnter the number of peer you want to connect to: \t";
        string expected = Menu + "PUT Server Id: 2\n" + Frames + "Put operation successful\n" + Frames + "Put operation successful\n"
            + Menu + "Enter file name: \t\nGET Server Id: 2\n" + Frames + "Get operation successful\n" + peers
                + "Wrong input. Enter again\n\n" + peers + "Wrong input. Enter again\n\n" + peers
            + "Connecting to peer at 127.0.0.1 on port " + ring.Nodes[0].Port + "\nFile transfer complete\n"
            + Menu + "\n\nWrong value: 5\n"
            + Menu + "Enter file name: \t\nGET Server Id: " + RingProcesses.OwnerOf("nothing") + "\n" + Frames + "Get operation failed\n"
            + Menu + "DEL Server Id: 2\n" + Frames + "Del operation successful\n" + Frames + "Del operation successful\n";
        Assert.Equal(expected, Console(console));
        Assert.Equal(0, console.ExitCode);
        Assert.Equal("text", File.ReadAllText(Path.Combine(ring.Folder, "alpha.txt")));
    }

    [Fact]
    public void The_console_says_when_owner_and_replica_are_down_and_when_a_peer_has_no_file()
    {
        using RingProcesses ring = new(0, without: 7);
        string gone = Enumerable.Range(0, 100).Select(i => "n" + i).First(name => RingProcesses.OwnerOf(name) == 1);
        string lost = Enumerable.Range(0, 100).Select(i => "n" + i).First(name => RingProcesses.OwnerOf(name) == 3);
        _ = ring.Run(0, "put", "--append", lost, "127.0.0.1 " + ring.Nodes[3].Port);
        using RingProcess console = new(ring.Folder, "1", ring.Conf, "shared/", "127.0.0.1");
        console.Input.Write("2 " + gone + "\n2 " + lost + "\n0\n");
        console.Input.Close();
        console.WaitForExit();
        Assert.Contains("\nGET Server Id: 1\nGet operation failed: Both server nodes down\n\nSelect Operation", Console(console),
            StringComparison.Ordinal);
        Assert.Contains("Already connected to peer\nPeer: Error occured on file server\n", Console(console), StringComparison.Ordinal);
        Assert.Contains("refused", console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_consoles_test_asks_and_answers_as_the_C_programs()
    {
        using RingProcesses ring = new(0, without: 1);
        File.WriteAllText(Path.Combine(ring.Shared, "alpha.txt"), "text");
        using RingProcess console =
            RingProcess.Start("env", "-C", ring.Folder, "EPOLLSRV_ROUNDS=20", Binary.Path, "1", ring.Conf, "shared/", "127.0.0.1");
        console.WaitFor("(1-4)\t");
        console.Input.Write("3\n");
        console.Input.Flush();
        console.WaitFor("OBTAIN operations: \t");

        // Registered again after the rounds.
        Assert.Equal("127.0.0.1 " + ring.Nodes[0].Port + "\n", ring.Get("alpha.txt"));
        console.Input.Write("alpha.txt\n4\n");
        console.Input.Flush();
        console.WaitForExit();
        Assert.Matches(
            "\\(1-4\\)\tAverage Response time for PUT requests: [0-9]+\\.[0-9]{6} ms\n\nEnter name of file which will be used\nfor testing SEARCH and OBTAIN operations: \t\n"
            + "Average Response time for SEARCH requests: [0-9]+\\.[0-9]{6} ms\nAverage Response time for OBTAIN requests: [0-9]+\\.[0-9]{6} ms\n\nSelect Operation",
            Console(console));
    }

    [Fact]
    public void The_C_programs_command_line_takes_four_nodes_and_says_what_is_wrong_as_it_does()
    {
        using RingProcesses ring = new(0, without: 15);
        File.AppendAllText(ring.Conf, "127.0.0.1 1\nwhat the original never reads\n");
        using RingProcess console = new(ring.Folder, "1", ring.Conf, "shared/", "127.0.0.1");
        console.Input.Close();
        console.WaitForExit();
        Assert.Equal(0, console.ExitCode);
        Assert.Contains("only the first four nodes are used", console.Errors, StringComparison.Ordinal);
        foreach (string id in (string[])["0", "5", "-1", "99999999999999"])
        {
            Assert.Equal("Incorrect server id provided\n", RingProcess.Run(64, ring.Folder, id, ring.Conf, "shared/", "127.0.0.1").Output);
        }

        foreach (string[] arguments in (string[][])[["1"], ["1", ring.Conf, "shared/"], ["1", ring.Conf, "shared/", "127.0.0.1", "more"]])
        {
            Assert.Matches("^Usage: [^\n]*\n$", RingProcess.Run(64, ring.Folder, arguments).Output);
        }

        _ = RingProcess.Run(78, ring.Folder, "1", "nowhere.conf", "shared/", "127.0.0.1");
    }

    [Fact]
    public void The_end_of_input_ends_the_console()
    {
        using RingProcesses ring = new(0, without: 1);
        File.WriteAllText(Path.Combine(ring.Shared, "word.txt"), "text");
        using RingProcess console = new(ring.Folder, "1", ring.Conf, "shared/", "127.0.0.1");
        console.WaitFor("(1-4)\t");
        console.Input.Write("1\n2\nword.txt\n0\n");
        console.Input.Close();
        console.WaitForExit();
        Assert.Equal(0, console.ExitCode);
        Assert.Equal("text", File.ReadAllText(Path.Combine(ring.Folder, "word.txt")));
    }

    // With all of what it said when it did not.
    private static void AssertSays(string text, RingProcess console)
        => Assert.True(Console(console).Contains(text, StringComparison.Ordinal), console.Output + console.Errors);

    // Without the lines of the server, which other threads print.
    private static string Console(RingProcess console)
        => System.Text.RegularExpressions.Regex.Replace(
            console.Output, "(Connection accepted|epoll error|File [^\n]* request received from peer)\n", string.Empty);
}
