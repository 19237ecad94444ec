using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Tests.Durability;

/// <summary>Records all changes in their order. Nothing waits for the real disk, but a synchronization takes its time.</summary>
internal sealed unsafe class RecordingDisk : Disk
{
    private readonly Lock _lock = new();
    private readonly List<DiskOperation> _operations = [];
    private readonly Dictionary<int, int> _fileOfDescriptor = [];
    private readonly Dictionary<string, int> _fileOfPath = [];
    private readonly Random _random;
    private int _files;

    public RecordingDisk(int seed) => _random = new Random(seed);

    /// <summary>Operations so far: the time, for those who note other things that happen.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _operations.Count;
            }
        }
    }

    /// <summary>All of them, when nobody works with it any more.</summary>
    public List<DiskOperation> Operations => _operations;

    /// <summary>From here on nothing is done any more, whatever a node asks for: it was killed.</summary>
    public bool IsDead { get; set; }

    public override int OpenForWriting(string path, bool truncate)
    {
        lock (_lock)
        {
            if (IsDead)
            {
                return -Errno.InputOutput;
            }

            int descriptor = base.OpenForWriting(path, truncate);
            if (descriptor < 0)
            {
                return descriptor;
            }

            if (!_fileOfPath.TryGetValue(path, out int file))
            {
                file = _files++;
                _fileOfPath[path] = file;
                _operations.Add(new DiskOperation(DiskOperationKind.Create, file, path));
            }
            else if (truncate)
            {
                _operations.Add(new DiskOperation(DiskOperationKind.SetLength, file));
            }

            _fileOfDescriptor[descriptor] = file;
            return descriptor;
        }
    }

    public override void Close(int descriptor)
    {
        lock (_lock)
        {
            _ = _fileOfDescriptor.Remove(descriptor);
            base.Close(descriptor);
        }
    }

    public override nint Write(int descriptor, IoVector* vectors, int count)
    {
        lock (_lock)
        {
            if (IsDead)
            {
                return -Errno.InputOutput;
            }

            int used = _random.Next(4) == 0 ? 1 + _random.Next(count) : count;
            IoVector last = vectors[used - 1];
            if (_random.Next(16) == 0 && last.Length > 1)
            {
                // Fewer bytes than there are, as write(2) may.
                vectors[used - 1].Length = (nuint)_random.NextInt64(1, (long)last.Length);
            }

            nint written = base.Write(descriptor, vectors, used);
            if (written > 0)
            {
                using MemoryStream bytes = new();
                for (int i = 0; bytes.Length < written; i++)
                {
                    bytes.Write(new ReadOnlySpan<byte>(vectors[i].Base, (int)Math.Min((long)vectors[i].Length, written - bytes.Length)));
                }

                _operations.Add(new DiskOperation(DiskOperationKind.Write, _fileOfDescriptor[descriptor], Bytes: bytes.ToArray()));
            }

            vectors[used - 1] = last;
            return written;
        }
    }

    public override int Synchronize(int descriptor)
    {
        int file;
        int before;
        lock (_lock)
        {
            file = _fileOfDescriptor[descriptor];
            before = _operations.Count;
        }

        Wait();
        lock (_lock)
        {
            if (IsDead)
            {
                return -Errno.InputOutput;
            }

            _operations.Add(new DiskOperation(DiskOperationKind.Synchronize, file, Number: before));
        }

        return 0;
    }

    public override int SetLength(int descriptor, long length)
    {
        lock (_lock)
        {
            int result = IsDead ? -Errno.InputOutput : base.SetLength(descriptor, length);
            if (result == 0)
            {
                _operations.Add(new DiskOperation(DiskOperationKind.SetLength, _fileOfDescriptor[descriptor], Number: length));
            }

            return result;
        }
    }

    public override int Rename(string from, string to)
    {
        lock (_lock)
        {
            int result = IsDead ? -Errno.InputOutput : base.Rename(from, to);
            if (result == 0)
            {
                _ = _fileOfPath.Remove(from, out int file);
                _fileOfPath[to] = file;
                _operations.Add(new DiskOperation(DiskOperationKind.Rename, file, from, to));
            }

            return result;
        }
    }

    public override int Remove(string path)
    {
        lock (_lock)
        {
            int result = IsDead ? -Errno.InputOutput : base.Remove(path);
            if (result == 0)
            {
                _ = _fileOfPath.Remove(path);
                _operations.Add(new DiskOperation(DiskOperationKind.Remove, Path: path));
            }

            return result;
        }
    }

    public override int MakeFolder(string path)
    {
        lock (_lock)
        {
            int result = IsDead ? -Errno.InputOutput : base.MakeFolder(path);
            if (result == 0)
            {
                _operations.Add(new DiskOperation(DiskOperationKind.MakeFolder, Path: path));
            }

            return result;
        }
    }

    public override int SynchronizeFolder(string path)
    {
        int before = Count;
        Wait();
        lock (_lock)
        {
            if (IsDead)
            {
                return -Errno.InputOutput;
            }

            _operations.Add(new DiskOperation(DiskOperationKind.SynchronizeFolder, Path: path, Number: before));
        }

        return 0;
    }

    private void Wait()
    {
        int milliseconds;
        lock (_lock)
        {
            milliseconds = _random.Next(4);
        }

        Thread.Sleep(milliseconds);
    }
}
