using System.IO;

using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Limits of control groups, from made-up hierarchies of both versions.</summary>
public sealed class CgroupTests
{
    private const string Version2 = "cgroup.controllers=memory cpu";

    [Theory]
    [InlineData("the root of a namespace", "0::/\n", 256, Version2, "memory.max=256")]
    [InlineData("the own group", "0::/a/b\n", 256, Version2, "a/b/memory.max=256")]
    [InlineData("a smaller group above", "0::/a/b\n", 128, Version2, "a/memory.max=128", "a/b/memory.max=256")]
    [InlineData("a larger group above", "0::/a/b\n", 64, Version2, "a/memory.max=128", "a/b/memory.max=64")]
    [InlineData("no limit of its own", "0::/a/b\n", 128, Version2, "a/memory.max=128", "a/b/memory.max=max")]
    [InlineData("no limit anywhere", "0::/a/b\n", 0, Version2, "a/memory.max=max", "a/b/memory.max=max")]
    [InlineData("throttled before it is stopped", "0::/a\n", 100, Version2, "a/memory.max=256", "a/memory.high=100")]
    [InlineData("a group that is not mounted here", "0::/docker/x\n", 256, Version2, "memory.max=256")]
    [InlineData("a group outside of the namespace", "0::/../../x\n", 256, Version2, "memory.max=256")]
    [InlineData("a colon and a space in a name", "0::/a:b c\n", 256, Version2, "a:b c/memory.max=256")]
    [InlineData("nonsense", "0::/\n", 0, Version2, "memory.max=abc")]
    [InlineData("nothing", "0::/\n", 0, Version2, "memory.max=")]
    [InlineData("no membership known", null, 256, Version2, "memory.max=256")]
    [InlineData("version 1", "4:memory:/docker/x\n", 256, "memory/docker/x/memory.limit_in_bytes=256")]
    [InlineData("version 1, the container's own mount", "4:memory:/docker/x\n", 256, "memory/memory.limit_in_bytes=256")]
    [InlineData("version 1, a smaller group above", "4:memory:/a/b\n", 128, "memory/a/memory.limit_in_bytes=128",
        "memory/a/b/memory.limit_in_bytes=256")]
    [InlineData("version 1 without a limit", "4:memory:/\n", 0, "memory/memory.limit_in_bytes=9223372036854771712")]
    [InlineData("version 1, several controllers in one", "4:cpu,memory:/x\n", 256, "memory/x/memory.limit_in_bytes=256")]
    [InlineData("both, memory in 1", "4:memory:/x\n1:name=systemd:/x\n0::/x\n", 256, "unified/cgroup.controllers=",
        "memory/x/memory.limit_in_bytes=256")]
    [InlineData("both, memory in 2", "4:cpu:/x\n0::/x\n", 256, "unified/cgroup.controllers=memory", "unified/x/memory.max=256")]
    [InlineData("garbage of a membership", "x\n:\n::\n0::/\n", 256, Version2, "memory.max=256")]
    public void Memory_is_limited_by_the_least_on_the_way_up(string what, string? membership, long expected, params string[] files)
    {
        using TemporaryFolder folder = new();
        Write(folder, files);
        Assert.Equal((what, expected), (what, new Cgroup(folder.Path, membership).Memory()));
    }

    [Theory]
    [InlineData("0::/a\n", 2, Version2, "a/cpu.max=150000 100000")]
    [InlineData("0::/a/b\n", 1, Version2, "a/cpu.max=50000 100000", "a/b/cpu.max=max 100000")]
    [InlineData("0::/a/b\n", 3, Version2, "a/cpu.max=900000 100000", "a/b/cpu.max=300000 100000")]
    [InlineData("0::/a\n", int.MaxValue, Version2, "a/cpu.max=max 100000")]
    [InlineData("0::/a\n", int.MaxValue, Version2, "a/cpu.max=")]
    [InlineData("0::/a\n", int.MaxValue, Version2, "a/cpu.max=1 0")]
    [InlineData("3:cpu,cpuacct:/x\n", 4, "cpu/x/cpu.cfs_quota_us=400000", "cpu/x/cpu.cfs_period_us=100000")]
    [InlineData("3:cpu,cpuacct:/x\n", int.MaxValue, "cpu/x/cpu.cfs_quota_us=-1", "cpu/x/cpu.cfs_period_us=100000")]
    public void Processors_are_limited_by_the_least_on_the_way_up(string membership, int expected, params string[] files)
    {
        using TemporaryFolder folder = new();
        Write(folder, files);
        Assert.Equal(expected, new Cgroup(folder.Path, membership).Processors());
    }

    private static void Write(TemporaryFolder folder, string[] files)
    {
        foreach (string file in files)
        {
            int equals = file.IndexOf('=');
            string path = folder[file[..equals]];
            _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file[(equals + 1)..] + "\n");
        }
    }
}
