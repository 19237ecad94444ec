using System.Globalization;
using System.IO;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>
/// The kernel makes a file system read-only because the disk fails, and the disk comes back as another device. An administrator cannot
/// mount it read-only while a node writes: the kernel says that it is busy. Needs root, loop devices and mkfs.ext4.
/// </summary>
[Trait("Category", "Durability")]
[Trait("Needs", "Loop")]
public sealed class ReadOnlyTests
{
    private const long ImageBytes = 24 << 20;

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void Writing_goes_on_when_the_disk_is_back(string policy)
    {
        // A confined node can use a disk that is mounted again where nothing is beside its mount point.
        using TemporaryFolder folder = new();
        using TemporaryFolder images = new();
        string image = images["disk"];
        string mount = folder["mount"];
        using (FileStream file = File.Create(image))
        {
            file.SetLength(ImageBytes);
        }

        _ = Directory.CreateDirectory(mount);
        Run("mkfs.ext4", "-q", "-F", image);
        Run("mount", "-o", "loop,errors=remount-ro", image, mount);
        try
        {
            string data = Path.Combine(mount, "data");
            string[] causes =
            [
                "Read-only file system", "Input/output error", "No such file or directory", "Was moved, and another file is in its place",
            ];
            PublishedFault.Run(data, policy, TestSeed.Choose(), causes, (node, client) =>
            {
                client.Finish("BGREWRITEAOF", "aof_last_bgrewrite_status:ok");

                // As the kernel itself does when it finds an error.
                Run("mount", "-o", "remount,abort", mount);
                client.WorkUntilRefused(10);
                node.AwaitLog("ead-only file system");
                Run("umount", "-l", mount);
                client.WorkUntilRefused(5);

                // A copy, so that nothing of the old device is written to it any more.
                File.Copy(image, images["again"]);
                Assert.True(RunProgram("e2fsck", "-f", "-y", images["again"]).Code is 0 or 1, "e2fsck");
                Run("mount", "-o", "loop", images["again"], mount);
            });
        }
        finally
        {
            _ = RunProgram("umount", "-l", mount);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        (int code, string text) = RunProgram(program, arguments);
        Assert.True(code == 0, program + " " + string.Join(' ', arguments) + ": " + code.ToString(CultureInfo.InvariantCulture) + " "
            + text);
    }

    // From where Debian has them: sbin is not on everybody's path.
    private static (int Code, string Text) RunProgram(string program, params string[] arguments)
    {
        string path = File.Exists("/usr/bin/" + program) ? "/usr/bin/" : File.Exists("/usr/sbin/" + program) ? "/usr/sbin/" : "/sbin/";
        (int code, string output, string error) = Binary.RunProgram(path + program, arguments);
        return (code, output + error);
    }
}
