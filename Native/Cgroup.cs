using System;
using System.Globalization;

namespace Epollsrv.Native;

/// <summary>
/// The limits of the control groups that this process is in: of its own group and of every group
/// above it, in either version of the hierarchy or both at once, in a namespace of its own or not.
/// </summary>
internal sealed class Cgroup
{
    private const long None = long.MaxValue;

    // Without /proc what is mounted is the best guess.
    private const string Unknown = "0::/\n1:memory:/\n2:cpu:/\n";

    private readonly string _root;
    private readonly string[] _memberships;

    /// <summary>Takes a place in the hierarchies.</summary>
    /// <param name="root">Where they are mounted: /sys/fs/cgroup.</param>
    /// <param name="memberships">The text of /proc/self/cgroup; null: it cannot be read.</param>
    public Cgroup(string root, string? memberships)
    {
        _root = root;
        _memberships = (memberships ?? Unknown).Split('\n');
    }

    /// <summary>This process's.</summary>
    public static Cgroup Own() => new("/sys/fs/cgroup", TextFile.Read("/proc/self/cgroup", 1 << 16, out _));

    /// <summary>The smallest limit of memory, bytes; 0 when there is none.</summary>
    public long Memory()
    {
        // Version 1 writes "no limit" as a number near 2^63.
        long limit = Least("memory", static (group, second) => second
            ? Math.Min(Number(group + "/memory.max"), Number(group + "/memory.high")) : Number(group + "/memory.limit_in_bytes"));
        return limit < 1L << 60 ? limit : 0;
    }

    /// <summary>The smallest share of processor time in whole processors,
    /// rounded up; <see cref="int.MaxValue"/> when there is none.</summary>
    public int Processors() => (int)Math.Min(Least("cpu", Quota), int.MaxValue);

    private static long Quota(string group, bool second)
    {
        // "max 100000" or "QUOTA PERIOD", microseconds; version 1 has two files and −1 for no quota.
        string[] words = second ? (TextFile.Read(group + "/cpu.max", 64, out _) ?? string.Empty).Trim().Split(' ') : [];
        long quota = second ? Parse(words[0]) : Number(group + "/cpu.cfs_quota_us");
        long period = second ? Parse(words[^1]) : Number(group + "/cpu.cfs_period_us");
        return quota is 0 or None || period is 0 or None ? None : (quota + period - 1) / period;
    }

    // The least of what the groups with this controller say, from this process's own up to the root of what is mounted.
    private long Least(string controller, Func<string, bool, long> limit)
    {
        long least = None;
        foreach (string membership in _memberships)
        {
            // "4:memory:/docker/x" of version 1, "0::/docker/x" of version 2.
            string[] parts = membership.Split(':', 3);
            bool second = parts.Length == 3 && parts[1].Length == 0;
            if (parts.Length < 3 || (!second && Array.IndexOf(parts[1].Split(','), controller) < 0))
            {
                continue;
            }

            string mount = !second ? _root + "/" + controller : Files.StatusOf(_root + "/cgroup.controllers", out _) == 0 ? _root : _root
                + "/unified";

            // A group that is not mounted here (a container's, seen from outside)
            // has no files; one outside of the namespace begins with "/..".
            string path = parts[2].StartsWith("/..", StringComparison.Ordinal) ? string.Empty : parts[2].TrimEnd('/');
            least = Math.Min(least, limit(mount, second));
            for (; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
            {
                least = Math.Min(least, limit(mount + path, second));
            }
        }

        return least;
    }

    private static long Number(string path) => Parse(TextFile.Read(path, 64, out _) ?? string.Empty);

    private static long Parse(string text)
        => long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : None;
}
