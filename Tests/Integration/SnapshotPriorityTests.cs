using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The thread of a snapshot lets those go first that answer requests.</summary>
public sealed class SnapshotPriorityTests : IDisposable
{
    private const string Nice = "10";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_thread_of_a_base_has_a_low_priority_and_the_others_do_not()
    {
        using PublishedNode node = new(["--port", "0", "--data", _folder["data"], "--data-rate", "1kb"]);
        using RespClient client = new(node);
        Assert.Equal(":1000001", client.Call("SETRANGE", "large", "1000000", "x"));
        Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
        string tasks = "/proc/" + node.Process.Id.ToString(CultureInfo.InvariantCulture) + "/task";
        NodeUnderTest.Until(() => Directory.GetDirectories(tasks).Any(task => NiceOf(task) == ("snapshot", Nice)), "a snapshot is nice");
        Assert.All(Directory.GetDirectories(tasks).Select(NiceOf), task => Assert.Equal(task.Name == "snapshot", task.Nice == Nice));
    }

    // From stat(5) of a thread: the name in parentheses, and the 19th field. One that has ended meanwhile has no name.
    private static (string Name, string Nice) NiceOf(string task)
    {
        string text;
        try
        {
            text = File.ReadAllText(Path.Combine(task, "stat"));
        }
        catch (IOException)
        {
            return (string.Empty, string.Empty);
        }

        int end = text.LastIndexOf(')');
        return (text[(text.IndexOf('(') + 1)..end], text[(end + 2)..].Split(' ')[16]);
    }
}
