using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

using Epollsrv.Ring;
using Epollsrv.Share;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A node's files in a ring of three nodes, the last one a C node: registrations follow the folder and the nodes.</summary>
public sealed class RegistrarTests : IDisposable
{
    private const string Holder = "10.9.8.7 50001";
    // For one operation, and for a withdrawal: a busy machine must not end it early.
    private const long Long = Patience.Milliseconds * 1_000_000L;

    private readonly TemporaryFolder _temporary = new();
    private readonly RingFakeNode[] _nodes = [new(false), new(false), new(true)];
    private readonly ConcurrentQueue<string> _informed = new();
    private readonly ConcurrentQueue<string> _warned = new();
    private readonly string _path;
    private SharedFolder? _folder;
    private Registrar? _registrar;

    public RegistrarTests()
    {
        _path = _temporary["share"];
        Directory.CreateDirectory(_path);
        foreach (string name in new[] { "alpha.txt", "beta.bin", "gamma.txt" })
        {
            Add(name);
        }
    }

    public void Dispose()
    {
        StopRegistrar();
        _folder?.Close();
        Assert.Empty(_nodes.SelectMany(node => node.Violations));
        foreach (RingFakeNode node in _nodes)
        {
            node.Dispose();
        }

        _temporary.Dispose();
    }

    [Fact]
    public void At_start_every_file_is_registered_on_its_owner_and_its_replica_and_at_a_clean_stop_withdrawn()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt", "beta.bin", "gamma.txt");
        StopRegistrar();
        AssertNotRegistered("alpha.txt", "beta.bin", "gamma.txt");
        Assert.Equal(0, _registrar!.Count);
        Assert.Contains(_informed, line => line == "withdrew 3 of 3 files from the ring");
        Assert.Empty(_warned);
    }

    [Fact]
    public void A_file_is_registered_when_it_is_added_or_renamed_and_withdrawn_when_it_goes()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt");
        Add("delta.txt");
        AssertRegistered("delta.txt");
        File.Move(Path.Combine(_path, "delta.txt"), Path.Combine(_path, "epsilon.txt"));
        AssertRegistered("epsilon.txt");
        AssertNotRegistered("delta.txt");
        File.Delete(Path.Combine(_path, "alpha.txt"));
        AssertNotRegistered("alpha.txt");
        Eventually(() => _registrar!.Count == 3);
    }

    [Fact]
    public void A_file_is_registered_when_it_is_whole_and_a_download_never_by_its_temporary_name()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt");
        using (FileStream file = File.Create(Path.Combine(_path, "slow.bin")))
        {
            file.WriteByte(1);
            file.Flush();
            Add("zeta.bin.part");
            Assert.True(_temporary.Run("chmod", "600", "share/slow.bin"));
            Add("marker");
            AssertRegistered("marker");
            AssertNotRegistered("slow.bin", "zeta.bin.part");
        }

        AssertRegistered("slow.bin");
        File.Move(Path.Combine(_path, "zeta.bin.part"), Path.Combine(_path, "zeta.bin"));
        AssertRegistered("zeta.bin");
    }

    [Fact]
    public void Other_holders_stay_listed_when_this_one_withdraws()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt");
        RingClient client = new(RingFakeNode.Ring(_nodes), Long, null);
        _ = client.Run(new RingOperation().Set(RingVerb.Register, "alpha.txt"u8, "10.1.1.1 9"u8));
        client.Dispose();
        Eventually(() => _nodes.Any(node => node["alpha.txt"] == Holder + "\n 10.1.1.1 9\n"));
        StopRegistrar();
        Assert.Equal(2, _nodes.Count(node => node["alpha.txt"] == "10.1.1.1 9\n"));
    }

    [Fact]
    public void With_a_node_down_the_others_are_told_and_the_node_when_it_returns()
    {
        _nodes[1].Stop();
        StartRegistrar();
        Eventually(() => _registrar!.Count == 3);
        Add("delta.txt");
        Eventually(() => _registrar!.Count == 4);
        _nodes[1].Start();
        AssertRegistered("alpha.txt", "beta.bin", "gamma.txt", "delta.txt");
        Assert.Contains(_warned, line => line.Contains("node 2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_node_that_returns_empty_is_told_everything_again()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt", "beta.bin", "gamma.txt");
        foreach (RingFakeNode node in _nodes)
        {
            node.Stop();
            node.Start();
        }

        AssertRegistered("alpha.txt", "beta.bin", "gamma.txt");
    }

    [Fact]
    public void A_stop_is_bounded_when_every_node_is_down()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt");
        foreach (RingFakeNode node in _nodes)
        {
            node.Stop();
        }

        StopRegistrar();
        Assert.DoesNotContain(_warned, line => Regex.IsMatch(line, "^node 1,.*goes on offering"));
    }

    [Fact]
    public void A_folder_that_is_deleted_withdraws_its_files_and_ends_nothing()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt", "beta.bin", "gamma.txt");
        Directory.Delete(_path, recursive: true);
        AssertNotRegistered("alpha.txt", "beta.bin", "gamma.txt");
        StopRegistrar();
    }

    [Fact]
    public void A_folder_that_is_moved_is_still_shared_and_watched_and_told()
    {
        StartRegistrar();
        AssertRegistered("alpha.txt");
        Directory.Move(_path, _temporary["moved"]);
        Eventually(() => _warned.Any(line => line.Contains("was moved, deleted or unmounted", StringComparison.Ordinal)));
        Directory.CreateDirectory(_path);
        Add("wrong.txt");
        File.WriteAllText(_temporary["moved/right.txt"], "x");
        AssertRegistered("right.txt", "alpha.txt");
        AssertNotRegistered("wrong.txt");
    }

    [Fact]
    public void What_cannot_be_shared_is_told_once_and_registered_once_it_can()
    {
        File.CreateSymbolicLink(Path.Combine(_path, "out.txt"), "../secret");
        _temporary.Write("secret");
        StartRegistrar();
        AssertRegistered("alpha.txt");
        Assert.Single(_warned, line => line.StartsWith("not shared: out.txt: ", StringComparison.Ordinal));
        File.CreateSymbolicLink(Path.Combine(_path, "late.txt"), "/etc/passwd");
        Eventually(() => _warned.Any(line => line.StartsWith("not shared: late.txt: ", StringComparison.Ordinal)));
        File.Delete(Path.Combine(_path, "late.txt"));
        Add("late.txt");
        AssertRegistered("late.txt");
        AssertNotRegistered("out.txt");
        Assert.Single(_warned, line => line.StartsWith("not shared: out.txt: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Many_files_are_all_registered_each_once_and_all_withdrawn()
    {
        AddMany(300);

        StartRegistrar();
        Eventually(() => Registrations(300) == 2 * 300);
        StopRegistrar();
        Assert.Equal(0, Registrations(600));
    }

    [Fact]
    public void A_stop_in_the_middle_of_the_first_registration_leaves_nothing_behind()
    {
        AddMany(600);

        StartRegistrar();
        Eventually(() => Registrations(600) > 100);
        StopRegistrar();
        Assert.Equal(0, Registrations(600));
    }

    [Fact]
    public void Of_too_many_files_some_are_registered_which_is_told_once_and_others_when_there_is_room()
    {
        AddMany(20);
        StartRegistrar(mostFiles: 10);
        Eventually(() => _registrar!.Count == 10);
        string warning = Assert.Single(_warned);
        Assert.Matches("has more than 10 files: 13 or more of them are neither registered with the ring nor listed; --max-shared-files",
            warning);
        Add("one-more");
        Assert.Equal(10, _registrar!.Count);
        Assert.Single(_warned);
        foreach (string path in Directory.GetFiles(_path, "many-1*"))
        {
            File.Delete(path);
        }

        Eventually(() => _registrar.Count == 10
            && Directory.GetFiles(_path).Count(path => _nodes.Any(node => node[Path.GetFileName(path)] is not null)) == 10);
        foreach (string path in Directory.GetFiles(_path, "many-*"))
        {
            File.Delete(path);
        }

        AssertRegistered("alpha.txt", "beta.bin", "gamma.txt", "one-more");
    }

    private void StopRegistrar()
    {
        _registrar?.BeginStop(Long);
        Eventually(() => _registrar is null || _registrar.HasStopped);
    }

    private void StartRegistrar(int mostFiles = 1000)
    {
        _folder = SharedFolder.TryOpen(_path, out int error)!;
        Assert.Equal(0, error);
        _folder.MostFiles = mostFiles;
        RingView ring = new(RingFakeNode.Ring(_nodes), 0);
        _registrar = new Registrar(_folder, ring, null, Encoding.UTF8.GetBytes(Holder), Long, _informed.Enqueue, _warned.Enqueue);
        _registrar.Start();
    }

    private void Add(string name) => File.WriteAllText(Path.Combine(_path, name), name);

    private void AddMany(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Add("many-" + i);
        }
    }

    private int Registrations(int count) => Enumerable.Range(0, count).Sum(i => _nodes.Count(node => node["many-" + i] is not null));

    private void AssertRegistered(params string[] names)
    {
        RingMap map = new(_nodes.Length);
        foreach (string name in names)
        {
            int owner = map.Owner(Encoding.UTF8.GetBytes(name));
            Eventually(() => _nodes[owner][name] == Holder + "\n" && _nodes[map.Replica(owner)][name] == Holder + "\n", name);
        }
    }

    private void AssertNotRegistered(params string[] names)
        => Eventually(() => names.All(name => _nodes.All(node => node[name] is null)), string.Join(", ", names));

    private void Eventually(Func<bool> condition, string what = "")
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.ElapsedMilliseconds < Patience.Milliseconds, what + ": told "
                + string.Join(" | ", _informed.Concat(_warned)));
            Thread.Sleep(5);
        }
    }
}
