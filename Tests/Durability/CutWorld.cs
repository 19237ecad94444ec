using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Epollsrv.Tests.Durability;

/// <summary>
/// What a disk has for certain and what it may have, operation after operation of a record. Names are in the order in which they were
/// changed, folder by folder; a rename from one folder into another is a new name in the one, and later or earlier a removal in the other.
/// </summary>
internal sealed class CutWorld(List<DiskOperation> operations, string root)
{
    private const string Increment = ".incr.aof";

    private readonly Dictionary<int, RecordedFile> _files = [];
    private readonly Dictionary<string, List<(int Index, string Name, int File)>> _pendingNames = [];
    private readonly Dictionary<string, Dictionary<string, int>> _durableNames = [];
    private readonly List<string> _folders = [];
    private readonly List<(string Path, RecordedFile Content)> _built = [];
    private int _latestIncrement = -1;

    /// <summary>Operations that are done.</summary>
    public int Time { get; private set; }

    /// <summary>Everything that was acknowledged until then is on the disk for certain, whatever the policy is.</summary>
    public long Certain { get; private set; } = -1;

    /// <summary>Does the next operation.</summary>
    public void Step()
    {
        DiskOperation operation = operations[Time];
        switch (operation.Kind)
        {
            case DiskOperationKind.Create:
                _files[operation.File] = new RecordedFile();
                Name(operation.Path, operation.File);
                break;
            case DiskOperationKind.Write:
                _files[operation.File].Append(Time, operation.Bytes!);
                _latestIncrement = IsIncrement(operation.File) ? Math.Max(_latestIncrement, operation.File) : _latestIncrement;
                break;
            case DiskOperationKind.SetLength:
                _files[operation.File].SetLength(Time, operation.Number);
                break;
            case DiskOperationKind.Synchronize:
                _files[operation.File].Synchronize((int)operation.Number);
                if (operation.File == _latestIncrement)
                {
                    Certain = Math.Max(Certain, operation.Number);
                }

                break;
            case DiskOperationKind.Rename:
                Name(operation.To, operation.File);
                Name(operation.Path, -1);
                break;
            case DiskOperationKind.Remove:
                Name(operation.Path, -1);
                break;
            case DiskOperationKind.MakeFolder:
                _folders.Add(operation.Path);
                break;
            default:
                Settle(operation.Path, (int)operation.Number);
                break;
        }

        Time++;
    }

    /// <summary>Whether a power cut now could leave more than one state.</summary>
    public bool IsUncertain()
    {
        foreach (RecordedFile file in _files.Values)
        {
            if (file.Pending != 0)
            {
                return true;
            }
        }

        foreach (List<(int Index, string Name, int File)> names in _pendingNames.Values)
        {
            if (names.Count != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Builds a state of the directory as a power cut could leave it.</summary>
    /// <param name="to">An empty folder.</param>
    /// <param name="random">Null: only what is certain.</param>
    public void Build(string to, Random? random)
    {
        foreach (string folder in _folders)
        {
            if (folder.Length > root.Length)
            {
                _ = Directory.CreateDirectory(to + folder[root.Length..]);
            }
        }

        _built.Clear();
        HashSet<string> all = [.. _durableNames.Keys, .. _pendingNames.Keys];
        foreach (string folder in all)
        {
            Dictionary<string, int> names = new(_durableNames.GetValueOrDefault(folder) ?? []);
            List<(int Index, string Name, int File)> pending = _pendingNames.GetValueOrDefault(folder) ?? [];
            Apply(names, pending, random is null ? 0 : random.Next(3) == 0 ? pending.Count : random.Next(pending.Count + 1));
            foreach ((string name, int file) in names)
            {
                RecordedFile content = _files[file];
                byte[] bytes = random is null ? content.Durable() : random.Next(4) switch
                {
                    0 => content.Current(),
                    1 => content.AfterCut(random),
                    _ => content.AfterReordering(random),
                };
                string path = to + folder[root.Length..] + "/" + name;
                File.WriteAllBytes(path, bytes);
                if (name.EndsWith(Increment, StringComparison.Ordinal))
                {
                    _built.Add((path, content));
                }
            }
        }
    }

    /// <summary>After the state of the last <see cref="Build"/> was loaded: each file of the log is the beginning of what was written to
    /// it, nothing left out in between.</summary>
    /// <param name="manifest">The names of the files that were read.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? JudgeFiles(string manifest)
    {
        foreach ((string path, RecordedFile content) in _built)
        {
            byte[] found = manifest.Contains(" " + Path.GetFileName(path) + " ", StringComparison.Ordinal) ? File.ReadAllBytes(path) : [];
            int same = content.Current().AsSpan().CommonPrefixLength(found);
            if (same != found.Length && !EndsInAnnotation(found, same))
            {
                return path + " does not have what was written to it behind offset " + same.ToString(CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    // The beginning of a block's line, and then a line end by chance where old blocks of the disk follow: harmless, and kept.
    private static bool EndsInAnnotation(ReadOnlySpan<byte> found, int same)
    {
        int line = found[..same].LastIndexOf((byte)'\n') + 1;
        return found[line] == '#' && found[line..].IndexOf((byte)'\n') == found.Length - line - 1;
    }

    private static void Apply(Dictionary<string, int> names, List<(int Index, string Name, int File)> pending, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (pending[i].File < 0)
            {
                _ = names.Remove(pending[i].Name);
            }
            else
            {
                names[pending[i].Name] = pending[i].File;
            }
        }
    }

    private void Name(string path, int file)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!_pendingNames.TryGetValue(folder, out List<(int Index, string Name, int File)>? names))
        {
            _pendingNames[folder] = names = [];
        }

        names.Add((Time, Path.GetFileName(path), file));
    }

    private void Settle(string folder, int before)
    {
        if (!_pendingNames.TryGetValue(folder, out List<(int Index, string Name, int File)>? pending))
        {
            return;
        }

        if (!_durableNames.TryGetValue(folder, out Dictionary<string, int>? names))
        {
            _durableNames[folder] = names = [];
        }

        int count = pending.FindIndex(change => change.Index >= before);
        count = count < 0 ? pending.Count : count;
        Apply(names, pending, count);
        pending.RemoveRange(0, count);
    }

    private bool IsIncrement(int file) =>
        operations.Exists(operation => operation.Kind == DiskOperationKind.Create && operation.File == file
            && operation.Path.EndsWith(Increment, StringComparison.Ordinal));
}
