using System;
using System.IO;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>Somebody removes or moves the directory of a running node: the kernel would go on taking what nobody finds again.</summary>
[Trait("Category", "Durability")]
public sealed class DirectoryFaultTests
{
    private const string Gone = "No such file or directory";
    private const string Noticed = "the log does not find its file";
    private const int Refusals = 10;

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void Moved_away_and_back(string policy)
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        PublishedFault.Run(data, policy, TestSeed.Choose(), [Gone], (node, client) =>
        {
            Directory.Move(data, folder["away"]);
            client.WorkUntilRefused(Refusals);
            client.Call("BGSAVE");
            node.AwaitLog("Put the data directory back, or make an empty one");
            Assert.False(Directory.Exists(data));
            Directory.Move(folder["away"], data);
        });
    }

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void Removed_and_made_anew(string policy)
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        PublishedFault.Run(data, policy, TestSeed.Choose(), [Gone], (node, client) =>
        {
            Remove(folder, data);
            client.WorkUntilRefused(Refusals);
            _ = Directory.CreateDirectory(data);
            client.Recover();
            (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", data);
            Assert.Equal(78, code);
            Assert.Contains("another node uses this data directory", output, StringComparison.Ordinal);
            node.AwaitLog(Noticed);
        });
    }

    [SandboxFact]
    public void A_data_directory_with_others_beside_it_cannot_be_made_anew()
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        _ = folder.Write("beside");
        PublishedFault.Run(data, "1s", TestSeed.Choose(), [Gone, "Permission denied"], (node, client) =>
        {
            Directory.Move(data, folder["away"]);
            client.WorkUntilRefused(Refusals);
            _ = Directory.CreateDirectory(data);
            NodeUnderTest.Until(
                () => node.LogText.Contains("The node is confined to the directory that was there at its start", StringComparison.Ordinal));
            Directory.Delete(data);
            Directory.Move(folder["away"], data);
        });
    }

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void The_folder_of_the_log_alone_is_made_again(string policy)
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        PublishedFault.Run(data, policy, TestSeed.Choose(), [Gone], (node, client) =>
        {
            Remove(folder, Path.Combine(data, "appendonlydir"));
            WorkUntilNoticed(node, client);
        });
    }

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void An_older_copy_takes_its_place(string policy)
    {
        using TemporaryFolder folder = new();
        string data = folder["data"];
        string[] causes = [Gone, "Was moved, and another file is in its place"];
        PublishedFault.Run(data, policy, TestSeed.Choose(), causes, (node, client) =>
        {
            Assert.True(folder.Run("cp", "-r", data, folder["copy"]));
            client.Work(10);
            Directory.Move(data, folder["away"]);
            Directory.Move(folder["copy"], data);
            WorkUntilNoticed(node, client);
        });
    }

    private static void WorkUntilNoticed(PublishedNode node, FaultClient client) => NodeUnderTest.Until(() =>
    {
        client.Work(1);
        return node.LogText.Contains(Noticed, StringComparison.Ordinal);
    });

    // The node may make a file in it meanwhile.
    private static void Remove(TemporaryFolder folder, string path) => NodeUnderTest.Until(() => folder.Run("rm", "-r", path));
}
